//! From a policy and what a server has to the changes that are missing: nothing is sent here.

use std::fmt;

use serde::Serialize;

use super::{
    AccessError,
    policy::{Permission, Policy, Resource, User},
    standing::Standing,
};

/// One thing to change at the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Makes an experiment or a model.
    Create {
        /// What.
        resource: Resource,
    },
    /// Makes a user.
    CreateUser {
        /// Who.
        user: String,
    },
    /// Gives a user another password.
    ChangePassword {
        /// Whose.
        user: String,
    },
    /// Makes a user an administrator, or one no longer.
    SetAdmin {
        /// Who.
        user: String,
        /// Whether they are one.
        admin: bool,
    },
    /// Makes a role.
    CreateRole {
        /// Its name.
        role: String,
        /// Its workspace.
        workspace: String,
    },
    /// Lets a role do something.
    Allow {
        /// The role.
        role: String,
        /// Its workspace.
        workspace: String,
        /// On what.
        resource: Resource,
        /// How much.
        permission: Permission,
        /// How much it was.
        before: Option<String>,
    },
    /// Gives a role to a user.
    Assign {
        /// The role.
        role: String,
        /// Its workspace.
        workspace: String,
        /// Who.
        user: String,
    },
    /// Lets a user do something.
    Grant {
        /// Who.
        user: String,
        /// On what.
        resource: Resource,
        /// How much.
        permission: Permission,
        /// How much it was.
        before: Option<String>,
    },
}

/// What is missing at the server, in an order in which it can be done.
pub(super) fn plan(policy: &Policy, standing: &Standing) -> Result<Vec<Change>, AccessError> {
    every_user_is_somewhere(policy, standing)?;
    let resources = policy.resources().into_iter();
    let mut changes: Vec<Change> = resources
        .filter(|resource| standing.pattern(resource).is_none())
        .map(|resource| Change::Create {
            resource: resource.clone(),
        })
        .collect();
    for user in &policy.users {
        changes.extend(of_user(user, standing)?);
    }
    changes.extend(of_roles(policy, standing));
    changes.extend(of_grants(policy, standing));
    Ok(changes)
}

fn every_user_is_somewhere(policy: &Policy, standing: &Standing) -> Result<(), AccessError> {
    let members = policy.roles.iter().flat_map(|role| &role.members);
    let named = members.chain(policy.grants.iter().map(|grant| &grant.user));
    let is_nowhere = |name: &&String| {
        standing.user(name).is_none() && !policy.users.iter().any(|user| user.name == **name)
    };
    match { named }.find(is_nowhere) {
        Some(user) => Err(AccessError::UnknownUser { user: user.clone() }),
        None => Ok(()),
    }
}

fn of_user(user: &User, standing: &Standing) -> Result<Vec<Change>, AccessError> {
    let name = || user.name.clone();
    let known = standing.user(&user.name);
    let mut changes = Vec::new();
    if known.is_none() {
        if user.password_env.is_none() && user.password_file.is_none() {
            return Err(AccessError::NoPassword { user: name() });
        }
        changes.push(Change::CreateUser { user: name() });
    } else if standing.other_passwords.contains(&user.name) {
        changes.push(Change::ChangePassword { user: name() });
    }
    let is_admin = known.is_some_and(|known| known.is_admin);
    if let Some(admin) = user.admin.filter(|admin| *admin != is_admin) {
        changes.push(Change::SetAdmin {
            user: name(),
            admin,
        });
    }
    Ok(changes)
}

fn of_roles(policy: &Policy, standing: &Standing) -> Vec<Change> {
    let mut changes = Vec::new();
    for role in &policy.roles {
        let (name, workspace) = (role.name.clone(), role.workspace.clone());
        let known = standing.role(&role.name, &role.workspace);
        if known.is_none() {
            changes.push(Change::CreateRole {
                role: name.clone(),
                workspace: workspace.clone(),
            });
        }
        for allowance in &role.permissions {
            let held = known
                .and_then(|known| standing.about(known.permissions.iter(), &allowance.resource));
            let before = held.map(|held| held.permission.clone());
            if before.as_deref() != Some(allowance.permission.name()) {
                changes.push(Change::Allow {
                    role: name.clone(),
                    workspace: workspace.clone(),
                    resource: allowance.resource.clone(),
                    permission: allowance.permission,
                    before,
                });
            }
        }
        let has_it = |member: &&String| {
            let of_user = standing.user(member).map(|user| &user.roles);
            let id = known.map(|known| known.id);
            of_user.is_some_and(|roles| roles.iter().any(|role| Some(role.id) == id))
        };
        let missing = role.members.iter().filter(|member| !has_it(member));
        changes.extend(missing.map(|member| Change::Assign {
            role: name.clone(),
            workspace: workspace.clone(),
            user: member.clone(),
        }));
    }
    changes
}

fn of_grants(policy: &Policy, standing: &Standing) -> Vec<Change> {
    let change = |grant: &super::policy::Grant| {
        let held = standing
            .user(&grant.user)
            .and_then(|user| standing.about(user.own(), &grant.resource));
        let before = held.map(|held| held.permission.clone());
        (before.as_deref() != Some(grant.permission.name())).then(|| Change::Grant {
            user: grant.user.clone(),
            resource: grant.resource.clone(),
            permission: grant.permission,
            before,
        })
    };
    policy.grants.iter().filter_map(change).collect()
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let was = |before: &Option<String>| match before {
            Some(before) => format!(" (was {before})"),
            None => String::new(),
        };
        match self {
            Self::Create { resource } => write!(f, "create {resource}"),
            Self::CreateUser { user } => write!(f, "create user `{user}`"),
            Self::ChangePassword { user } => write!(f, "change the password of `{user}`"),
            Self::SetAdmin { user, admin: true } => write!(f, "make `{user}` an administrator"),
            Self::SetAdmin { user, admin: false } => write!(f, "make `{user}` no administrator"),
            Self::CreateRole { role, workspace } => {
                write!(f, "create role `{role}` in workspace `{workspace}`")
            }
            Self::Allow {
                role,
                resource,
                permission,
                before,
                ..
            } => {
                let (permission, was) = (permission.name(), was(before));
                write!(f, "allow role `{role}` {permission} on {resource}{was}")
            }
            Self::Assign { role, user, .. } => write!(f, "give role `{role}` to `{user}`"),
            Self::Grant {
                user,
                resource,
                permission,
                before,
            } => {
                let (permission, was) = (permission.name(), was(before));
                write!(f, "grant `{user}` {permission} on {resource}{was}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy() -> Policy {
        serde_json::from_value(json!({
            "users": [{"name": "trainer", "password_env": "P", "admin": false}],
            "roles": [{
                "name": "readers", "members": ["trainer"],
                "permissions": [{"model": "*", "permission": "READ"}],
            }],
            "grants": [{"user": "trainer", "experiment": "tts", "permission": "EDIT"}],
        }))
        .unwrap()
    }

    /// The server once `policy` was applied.
    fn settled() -> Standing {
        let readers = json!({"id": 4, "name": "readers", "workspace": "default", "permissions": [
            {"id": 1, "resource_type": "registered_model", "resource_pattern": "*", "permission": "READ"},
        ]});
        let own = json!({"id": 5, "name": "__user_2__", "workspace": "default", "permissions": [
            {"id": 2, "resource_type": "experiment", "resource_pattern": "7", "permission": "EDIT"},
        ]});
        let trainer =
            json!({"id": 2, "username": "trainer", "is_admin": false, "roles": [readers, own]});
        let tts = Resource::Experiment("tts".to_owned());
        Standing {
            users: vec![serde_json::from_value(trainer).unwrap()],
            roles: vec![serde_json::from_value(readers).unwrap()],
            resources: [(tts, "7".to_owned())].into(),
            other_passwords: Vec::new(),
        }
    }

    fn words(standing: &Standing) -> Vec<String> {
        let changes = plan(&policy(), standing).unwrap();
        changes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_bare_server_gets_everything_in_an_order_that_works() {
        let expected = [
            "create experiment `tts`",
            "create user `trainer`",
            "create role `readers` in workspace `default`",
            "allow role `readers` READ on model `*`",
            "give role `readers` to `trainer`",
            "grant `trainer` EDIT on experiment `tts`",
        ];
        assert_eq!(words(&Standing::default()), expected);
    }

    #[test]
    fn what_is_as_it_should_be_is_left_alone() {
        assert_eq!(words(&settled()), Vec::<String>::new());
    }

    #[test]
    fn only_what_differs_is_corrected() {
        let mut standing = settled();
        standing.users[0].roles[1].permissions[0].permission = "READ".to_owned();
        standing.users[0].is_admin = true;
        standing.other_passwords = vec!["trainer".to_owned()];
        let expected = [
            "change the password of `trainer`",
            "make `trainer` no administrator",
            "grant `trainer` EDIT on experiment `tts` (was READ)",
        ];
        assert_eq!(words(&standing), expected);
    }

    #[test]
    fn users_must_be_somewhere_and_new_ones_need_a_password() {
        let mut nobody = policy();
        nobody.users.clear();
        let error = plan(&nobody, &Standing::default()).unwrap_err();
        assert!(matches!(error, AccessError::UnknownUser { user } if user == "trainer"));
        let mut bare = policy();
        bare.users[0].password_env = None;
        let error = plan(&bare, &Standing::default()).unwrap_err();
        assert!(error.to_string().contains("password_env"));
        assert!(plan(&bare, &settled()).is_ok(), "who is there needs none");
    }
}
