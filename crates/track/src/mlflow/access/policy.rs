//! What a policy file may say.

use std::{
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::AccessError;

/// Users, roles and grants as they should be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Users who should exist.
    pub users: Vec<User>,
    /// Roles that should exist, with what they allow and who has them.
    pub roles: Vec<Role>,
    /// What single users may do.
    pub grants: Vec<Grant>,
}

/// A user who should exist.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The name to log in with.
    pub name: String,
    /// The environment variable that holds the password.
    #[serde(default)]
    pub password_env: Option<String>,
    /// The file that holds the password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Whether the user may do everything; left as it is where the file does not say.
    #[serde(default)]
    pub admin: Option<bool>,
}

/// A role that should exist.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// The workspace it belongs to; a server without workspaces has one, `default`.
    #[serde(default = "default_workspace")]
    pub workspace: String,
    /// What it allows.
    #[serde(default)]
    pub permissions: Vec<Allowance>,
    /// Users who have it.
    #[serde(default)]
    pub members: Vec<String>,
}

fn default_workspace() -> String {
    "default".to_owned()
}

/// What a role allows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Entry")]
pub struct Allowance {
    /// On what.
    pub resource: Resource,
    /// How much.
    pub permission: Permission,
}

/// What a user may do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Entry")]
pub struct Grant {
    /// Who.
    pub user: String,
    /// On what.
    pub resource: Resource,
    /// How much.
    pub permission: Permission,
}

/// What permissions are about; the name `*` means all of the kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// An experiment, by name.
    Experiment(String),
    /// A registered model, by name.
    Model(String),
}

impl Resource {
    /// Means all of the kind.
    pub(super) const ALL: &str = "*";

    /// The word of the server.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Experiment(_) => "experiment",
            Self::Model(_) => "registered_model",
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Experiment(name) | Self::Model(name) => name,
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Experiment(name) => write!(f, "experiment `{name}`"),
            Self::Model(name) => write!(f, "model `{name}`"),
        }
    }
}

/// How much is allowed, in the words of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Permission {
    /// Looking.
    Read,
    /// Using: loading a model.
    Use,
    /// Writing runs and versions.
    Edit,
    /// Everything, granting included.
    Manage,
    /// Nothing here; another role may still allow it.
    NoPermissions,
    /// Nothing, whatever other roles allow.
    Deny,
}

impl Permission {
    /// In the words of the server.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Use => "USE",
            Self::Edit => "EDIT",
            Self::Manage => "MANAGE",
            Self::NoPermissions => "NO_PERMISSIONS",
            Self::Deny => "DENY",
        }
    }
}

/// A permission as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    user: Option<String>,
    experiment: Option<String>,
    model: Option<String>,
    permission: Permission,
}

impl Entry {
    fn resource(&mut self) -> Result<Resource, String> {
        match (self.experiment.take(), self.model.take()) {
            (Some(name), None) => Ok(Resource::Experiment(name)),
            (None, Some(name)) => Ok(Resource::Model(name)),
            _ => Err("a permission is about one `experiment` or one `model`".to_owned()),
        }
    }
}

impl TryFrom<Entry> for Allowance {
    type Error = String;

    fn try_from(mut entry: Entry) -> Result<Self, String> {
        match entry.user {
            Some(_) => Err("a permission of a role has no `user`; roles have `members`".to_owned()),
            None => Ok(Self {
                resource: entry.resource()?,
                permission: entry.permission,
            }),
        }
    }
}

impl TryFrom<Entry> for Grant {
    type Error = String;

    fn try_from(mut entry: Entry) -> Result<Self, String> {
        let resource = entry.resource()?;
        Ok(Self {
            user: entry.user.ok_or("a grant has a `user`")?,
            resource,
            permission: entry.permission,
        })
    }
}

impl Policy {
    /// Everything that permissions are about.
    pub(super) fn resources(&self) -> BTreeSet<&Resource> {
        let of_roles = self.roles.iter().flat_map(|role| &role.permissions);
        let of_roles = of_roles.map(|allowance| &allowance.resource);
        let named = of_roles.chain(self.grants.iter().map(|grant| &grant.resource));
        named
            .filter(|resource| resource.name() != Resource::ALL)
            .collect()
    }

    /// The same, with the files of passwords looked for in `folder`, where the policy is.
    #[must_use]
    pub fn with_files_in(mut self, folder: &Path) -> Self {
        for file in self
            .users
            .iter_mut()
            .filter_map(|user| user.password_file.as_mut())
        {
            *file = folder.join(&*file);
        }
        self
    }

    /// Checks what types cannot say.
    ///
    /// # Errors
    /// An empty name, something said twice, two places for one password.
    pub fn check(&self) -> Result<(), AccessError> {
        let users = self
            .users
            .iter()
            .map(|user| format!("user `{}`", user.name));
        let roles = self
            .roles
            .iter()
            .map(|role| format!("role `{}` of workspace `{}`", role.name, role.workspace));
        let grants = self
            .grants
            .iter()
            .map(|grant| format!("grant of `{}` on {}", grant.user, grant.resource));
        let allowances = self.roles.iter().flat_map(|role| {
            let of = move |allowance: &Allowance| {
                format!(
                    "permission of role `{}` on {}",
                    role.name, allowance.resource
                )
            };
            role.permissions.iter().map(of)
        });
        let mut seen = BTreeSet::new();
        for what in users.chain(roles).chain(grants).chain(allowances) {
            if what.contains("``") {
                return Err(AccessError::Empty { what });
            }
            if !seen.insert(what.clone()) {
                return Err(AccessError::Twice { what });
            }
        }
        let two_places = |user: &&User| user.password_env.is_some() && user.password_file.is_some();
        match self.users.iter().find(two_places) {
            Some(user) => Err(AccessError::TwoPasswords {
                user: user.name.clone(),
            }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(policy: serde_json::Value) -> Result<Policy, String> {
        let policy: Policy = serde_json::from_value(policy).map_err(|error| error.to_string())?;
        policy.check().map_err(|error| error.to_string())?;
        Ok(policy)
    }

    #[test]
    fn a_policy_is_typed_and_complete() {
        let policy = read(json!({
            "users": [{"name": "trainer", "password_env": "TRAINER_PASSWORD"}],
            "roles": [{"name": "readers", "permissions": [{"model": "*", "permission": "READ"}]}],
            "grants": [{"user": "trainer", "experiment": "tts", "permission": "NO_PERMISSIONS"}],
        }));
        let policy = policy.unwrap();
        assert_eq!(policy.roles[0].workspace, "default");
        let tts = Resource::Experiment("tts".to_owned());
        assert_eq!(
            policy.resources(),
            BTreeSet::from([&tts]),
            "`*` is none in particular"
        );
        assert_eq!(policy.grants[0].permission, Permission::NoPermissions);
    }

    #[test]
    fn what_is_wrong_with_a_policy_is_named() {
        let check = |policy, expected: &str| {
            let error = read(policy).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        let grant = json!({"user": "u", "experiment": "e", "permission": "EDIT"});
        check(json!({"grant": []}), "unknown field `grant`");
        check(
            json!({"users": [{"name": "u", "password": "x"}]}),
            "unknown field `password`",
        );
        check(json!({"users": [{"name": ""}]}), "user ``");
        check(
            json!({"grants": [grant, grant]}),
            "grant of `u` on experiment `e`",
        );
        check(
            json!({"grants": [{"user": "u", "permission": "EDIT"}]}),
            "one `experiment` or one `model`",
        );
        check(
            json!({"grants": [{"experiment": "e", "permission": "EDIT"}]}),
            "a grant has a `user`",
        );
        check(
            json!({"grants": [{"user": "u", "model": "m", "permission": "WRITE"}]}),
            "WRITE",
        );
        let both = json!({"name": "u", "password_env": "A", "password_file": "/b"});
        check(json!({"users": [both]}), "two places");
    }
}
