//! The router: the routes of the roles under one layer, and the document that describes them.

use axum::{Router, middleware};
use infra::http::Routes;
use utoipa::openapi::OpenApi;

use crate::{Role, Service, admin, around, health, instance, me, openapi, realtime, wallet, web, work};

/// The routes of `roles`, and `extra` ones that are not part of the API, with what happens [`around`] every request.
pub fn router(service: &Service, roles: &[Role], extra: Router) -> Router {
    let mut api = Routes::new()
        .merge(health::routes().with_state(service.clone()))
        .merge(instance::routes().with_state(service.clone()));
    for role in roles {
        api = match role {
            Role::Users => api
                .merge(identity::routes().with_state(service.identity.clone()))
                .merge(me::routes().with_state(service.clone()))
                .merge(wallet::routes().with_state(service.clone()))
                .merge(admin::routes().with_state(service.clone())),
            Role::Catalogue => api
                .merge(music::routes().with_state(service.music.clone()))
                .merge(work::routes().with_state(service.clone())),
            Role::Files => api
                .merge(music::playback::routes().with_state(service.music.clone()))
                .merge(music::upload::routes().with_state(service.music.clone())),
            Role::Meter => api.merge(commerce::sessions::routes().with_state(service.commerce.clone())),
            Role::Purchasing => api.merge(commerce::routes().with_state(service.commerce.clone())),
            Role::Notifications => api
                .merge(realtime::routes().with_state(service.clone()))
                .merge(community::routes().with_state(service.community.clone())),
            Role::Web | Role::Worker => api,
        };
    }
    let mut api = api.into_router();
    if roles.contains(&Role::Web) {
        api = api.merge(web::routes(service));
    }
    api.merge(extra)
        .merge(openapi::routes())
        .layer(middleware::from_fn_with_state(service.app.clone(), around::every_request))
}

/// The document of the whole public surface, whatever this process serves of it.
pub fn document() -> OpenApi {
    let mut all = OpenApi::default();
    admin::routes().describe(&mut all);
    commerce::routes().describe(&mut all);
    commerce::sessions::routes().describe(&mut all);
    community::routes().describe(&mut all);
    health::routes().describe(&mut all);
    instance::routes().describe(&mut all);
    identity::routes().describe(&mut all);
    me::routes().describe(&mut all);
    music::routes().describe(&mut all);
    music::playback::routes().describe(&mut all);
    music::upload::routes().describe(&mut all);
    realtime::routes().describe(&mut all);
    wallet::routes().describe(&mut all);
    work::routes().describe(&mut all);
    openapi::finish(all)
}
