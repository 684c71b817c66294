//! What a server says about its users and roles.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::policy::Resource;

/// Everything at the server that a policy can be about.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    pub(super) users: Vec<KnownUser>,
    pub(super) roles: Vec<KnownRole>,
    /// The experiments and models of the policy that are there, with the ids by which permissions
    /// name them.
    pub(super) resources: BTreeMap<Resource, String>,
    /// Users of the policy whose password is another one.
    pub(super) other_passwords: Vec<String>,
}

/// A user at the server.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct KnownUser {
    pub(super) id: i64,
    pub(super) username: String,
    pub(super) is_admin: bool,
    #[serde(default)]
    pub(super) roles: Vec<KnownRole>,
}

impl KnownUser {
    /// What was granted to the user alone: the server keeps it in a role of this name.
    pub(super) fn own(&self) -> impl Iterator<Item = &Held> {
        let own = format!("__user_{}__", self.id);
        let roles = self.roles.iter().filter(move |role| role.name == own);
        roles.flat_map(|role| &role.permissions)
    }
}

/// A role at the server.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct KnownRole {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) workspace: String,
    #[serde(default)]
    pub(super) permissions: Vec<Held>,
}

/// A permission at the server.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Held {
    pub(super) id: i64,
    pub(super) resource_type: String,
    pub(super) resource_pattern: String,
    pub(super) permission: String,
}

impl Standing {
    pub(super) fn user(&self, name: &str) -> Option<&KnownUser> {
        self.users.iter().find(|user| user.username == name)
    }

    pub(super) fn role(&self, name: &str, workspace: &str) -> Option<&KnownRole> {
        let mut roles = self.roles.iter();
        roles.find(|role| role.name == name && role.workspace == workspace)
    }

    /// By what permissions name it; `None` if it is not there yet.
    pub(super) fn pattern(&self, resource: &Resource) -> Option<&str> {
        match resource.name() {
            Resource::ALL => Some(Resource::ALL),
            _ => self.resources.get(resource).map(String::as_str),
        }
    }

    /// The one of `held` that is about `resource`.
    pub(super) fn about<'a>(
        &self,
        mut held: impl Iterator<Item = &'a Held>,
        resource: &Resource,
    ) -> Option<&'a Held> {
        let pattern = self.pattern(resource)?;
        held.find(|held| held.resource_type == resource.kind() && held.resource_pattern == pattern)
    }
}
