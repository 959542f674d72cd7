//! What the resource types of REST and of HTTP APIs share: how an API is reached, and what a
//! part of one is.

use super::id;
use crate::apigateway::State;
use crate::core::error::ServiceResult;
use crate::core::resource::{Context, Created, Declared, Known, Resource};

/// An API as it is kept.
pub(in crate::apigateway) trait Stored: Sized {
    /// The API of that id.
    ///
    /// # Errors
    /// `NotFoundException`.
    fn find<'a>(state: &'a mut State, id: &str) -> ServiceResult<&'a mut Self>;
}

/// Changes an API.
///
/// # Errors
/// `NotFoundException`; those of the change.
pub(in crate::apigateway) fn change<A: Stored, T>(
    context: &Context<'_>,
    api: &str,
    change: impl FnOnce(&mut A) -> ServiceResult<T>,
) -> ServiceResult<T> {
    let world = context.world;
    world.write(|state| change(A::find(state.of_mut::<State>(), api)?))
}

/// Takes something away; an API that is gone has it no more.
///
/// # Errors
/// What stands against it.
pub(in crate::apigateway) fn take<A: Stored>(
    context: &Context<'_>,
    api: &str,
    take: impl FnOnce(&mut A) -> ServiceResult<()>,
) -> ServiceResult<()> {
    let world = context.world;
    world.write(|state| match A::find(state.of_mut::<State>(), api) {
        Ok(api) => take(api),
        Err(_) => Ok(()),
    })
}

/// A part of an API: its id is what `Ref` and its one attribute give, and it is put whole,
/// whether it is new or there.
pub(in crate::apigateway) trait Part: Declared {
    /// What it is a part of.
    type Api: Stored;
    /// How many characters its id has.
    const ID_LENGTH: usize;

    /// The id of its API.
    fn api(&self) -> &str;

    /// Puts it into its API.
    ///
    /// # Errors
    /// What API Gateway refuses, and what is not implemented.
    fn put(self, context: &Context<'_>, api: &mut Self::Api, id: &str) -> ServiceResult<()>;

    /// Takes it out of its API; a part that is gone already is a success.
    ///
    /// # Errors
    /// What stands against it.
    fn take(self, api: &mut Self::Api, id: &str) -> ServiceResult<()>;
}

fn put<P: Part>(part: P, context: &Context<'_>, id: &str) -> ServiceResult<Created> {
    let api = part.api().to_owned();
    change(context, &api, |api| part.put(context, api, id))?;
    Ok(P::created(id, &[id]))
}

impl<P: Part> Resource for P {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        // The id is fixed, so that a create that is repeated makes no second one.
        put(self, context, &id(context, P::ID_LENGTH))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        put(self, context, known.physical_id)
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let part = known.properties()?;
        let api = part.api().to_owned();
        take(context, &api, |api| part.take(api, known.physical_id))
    }
}
