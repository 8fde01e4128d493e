//! The router: the routes of the roles under one layer, and the document that describes them.

use axum::{Router, middleware};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{Role, Service, admin, around, health, instance, me, openapi, realtime, wallet, web, work};

/// The routes of `roles`, and `extra` ones that are not part of the API, with what happens [`around`] every request.
pub fn router(service: &Service, roles: &[Role], extra: Router) -> Router {
    let mut api = OpenApiRouter::new()
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
    let (mut api, _) = api.split_for_parts();
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
    for part in [
        admin::routes().into_openapi(),
        commerce::routes().into_openapi(),
        commerce::sessions::routes().into_openapi(),
        community::routes().into_openapi(),
        health::routes().into_openapi(),
        instance::routes().into_openapi(),
        identity::routes().into_openapi(),
        me::routes().into_openapi(),
        music::routes().into_openapi(),
        music::playback::routes().into_openapi(),
        music::upload::routes().into_openapi(),
        realtime::routes().into_openapi(),
        wallet::routes().into_openapi(),
        work::routes().into_openapi(),
    ] {
        all.merge(part);
    }
    openapi::finish(all)
}
