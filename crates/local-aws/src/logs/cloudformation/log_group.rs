//! `AWS::Logs::LogGroup` (AWS resource reference).

use serde_json::Value;

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property::declare;
use crate::core::resource::{Context, Created, Declared, Known, Resource, obsolete};
use crate::logs::State;
use crate::logs::lines;

declare! {
    /// `AWS::Logs::LogGroup`.
    pub struct LogGroup is "AWS::Logs::LogGroup" gives ["Arn"] {
        optional log_group_class: String => Update,
        optional log_group_name: String => Name,
        optional retention_in_days: i64 => Update,
        optional tags: Value => Update,
    }
}

impl LogGroup {
    fn check(&self) -> ServiceResult<()> {
        match self.log_group_class.as_deref() {
            None | Some("STANDARD") => Ok(()),
            Some(other) => Err(ServiceError::not_implemented(format!(
                "the log group class {other}"
            ))),
        }
    }

    fn name(&self, context: &Context<'_>) -> String {
        context.name(self.log_group_name.as_ref(), 512)
    }

    fn named(context: &Context<'_>, name: &str) -> Created {
        Self::created(name, &[&crate::logs::group_arn(context.world, name)])
    }
}

impl Resource for LogGroup {
    fn exists(state: &crate::core::state::State, name: &str) -> bool {
        state.of::<State>().group(name).is_ok()
    }

    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        self.check()?;
        let name = self.name(context);
        context.atomically(|logs: &mut State| {
            logs.create_group(
                &name,
                context.world.ids.uuid(),
                context.tags(self.tags.as_ref()),
                context.call.now,
            )?;
            logs.set_retention(&name, self.retention_in_days)?;
            Ok(Self::named(context, &name))
        })
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        self.check()?;
        let name = self.name(context);
        Ok(context.world.read(|state| {
            let group = state.of::<State>().group(&name).ok()?;
            context
                .owns(&group.tags)
                .then(|| Self::named(context, &name))
        }))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        self.check()?;
        let name = known.physical_id;
        let tags = context.tags(self.tags.as_ref());
        context.atomically(|logs: &mut State| {
            logs.set_retention(name, self.retention_in_days)?;
            let obsolete = obsolete(&logs.group(name)?.tags, &tags);
            logs.untag_group(name, &obsolete)?;
            logs.tag_group(name, tags)?;
            Ok(Self::named(context, name))
        })
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let deleted = context
            .world
            .write(|state| state.of_mut::<State>().delete_group(known.physical_id));
        match deleted {
            Ok(group) => lines::remove_group(&context.world.service_dir("logs"), &group)
                .map_err(ServiceError::internal),
            Err(error) if error.code == "ResourceNotFoundException" => Ok(()),
            Err(error) => Err(error),
        }
    }
}
