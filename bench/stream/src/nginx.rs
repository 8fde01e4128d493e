//! nginx as people set it up for files: one worker, sendfile, files kept open.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::Result;
use bench_process::{Server, free_address};

pub(crate) struct Nginx;

impl Nginx {
    /// Starts it on the files of `folder`; `None` where it is not installed.
    pub(crate) fn start(folder: &Path) -> Result<Option<(Server, SocketAddr)>> {
        if !Command::new("nginx")
            .arg("-v")
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
        {
            return Ok(None);
        }
        let address = free_address()?;
        let folder = folder.display();
        let configuration = format!(
            "daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;
             events {{ worker_connections 8192; }}
             http {{
                 access_log off; sendfile on; tcp_nodelay on; keepalive_requests 100000000;
                 open_file_cache max=16;
                 client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
                 uwsgi_temp_path {folder}; scgi_temp_path {folder};
                 types {{ audio/mpeg mp3; }}
                 server {{ listen {address}; root {folder}; }}
             }}"
        );
        let file = format!("{folder}/nginx.conf");
        fs::write(&file, configuration)?;
        let mut command = Command::new("nginx");
        command.args(["-c", &file, "-p", &folder.to_string()]);
        Ok(Some((Server::start(command, address)?, address)))
    }
}
