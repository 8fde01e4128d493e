//! The binary: roles, router, command line.
