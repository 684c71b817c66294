//! Reading what a server has, and changing it.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    AccessError,
    plan::{Change, plan},
    policy::{Permission, Policy, Resource, User},
    standing::{KnownRole, KnownUser, Standing},
};
use crate::{
    Secret, SecretName,
    mlflow::{Client, MlflowError, Server, experiment, find_experiment},
    secret_of_file,
};

const USERS: &str = "/api/2.0/mlflow/users";
const GRANTS: &str = "/api/3.0/mlflow/users/permissions";
const ROLES: &str = "/api/3.0/mlflow/roles";
const MODELS: &str = "/api/2.0/mlflow/registered-models";

/// What a policy needs from a server, before anything is changed.
#[derive(Debug)]
pub struct Plan {
    /// What will be changed, in this order.
    pub changes: Vec<Change>,
    passwords: BTreeMap<String, Secret>,
    standing: Standing,
    /// The server, which shows none of the passwords.
    server: Server,
}

/// Compares a policy with a server, with the credentials of an administrator. `lookup` stands for
/// the environment, where passwords are.
///
/// # Errors
/// A policy that cannot be, a password that cannot be had, a server that does not let us.
pub fn look(
    policy: &Policy,
    server: &Server,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Plan, AccessError> {
    policy.check()?;
    let client = Client::new(server);
    let caller = administrator(&client)?;
    let themselves = |user: &&User| user.name == caller;
    if let Some(user) = policy.users.iter().find(themselves) {
        return Err(AccessError::Oneself {
            user: user.name.clone(),
        });
    }
    let passwords = passwords(policy, lookup)?;
    let mut server = server.clone();
    for password in passwords.values() {
        server.secrets.hide(password.clone());
    }
    let mut standing = standing(&client, policy)?;
    for (user, password) in &passwords {
        if standing.user(user).is_some() && !lets_in(&server, user, password)? {
            standing.other_passwords.push(user.clone());
        }
    }
    Ok(Plan {
        changes: plan(policy, &standing)?,
        passwords,
        standing,
        server,
    })
}

/// Makes the changes of a plan; `told` hears of each when it is done.
///
/// # Errors
/// What the server says; what was told is done, and a new plan holds the rest.
pub fn apply(mut plan: Plan, mut told: impl FnMut(&Change)) -> Result<(), AccessError> {
    let client = Client::new(&plan.server);
    for change in std::mem::take(&mut plan.changes) {
        plan.make(&client, &change)?;
        told(&change);
    }
    Ok(())
}

/// The name of the one whose credentials these are, if they may do everything.
fn administrator(client: &Client) -> Result<String, AccessError> {
    let answer = match client.get(&format!("{USERS}/current"), &[]) {
        Err(MlflowError::NotMlflow { server, .. }) => return Err(AccessError::NoUsers { server }),
        Err(MlflowError::Refused {
            server,
            status: 404,
            ..
        }) => {
            return Err(AccessError::NoUsers { server });
        }
        answer => answer?,
    };
    let user: KnownUser = part(client, &answer, "user")?;
    if user.is_admin {
        return Ok(user.username);
    }
    Err(AccessError::NoAdministrator {
        user: user.username,
    })
}

fn passwords(
    policy: &Policy,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, Secret>, AccessError> {
    let mut passwords = BTreeMap::new();
    for user in &policy.users {
        let name = || user.name.clone();
        let password = match (&user.password_env, &user.password_file) {
            (Some(variable), _) => {
                let unset = || AccessError::Unset {
                    user: name(),
                    variable: variable.clone(),
                };
                let text = lookup(variable).filter(|text| !text.is_empty());
                Secret::new(text.ok_or_else(unset)?)
            }
            (None, Some(path)) => secret_of_file(path).map_err(|source| AccessError::Password {
                user: name(),
                source,
            })?,
            (None, None) => continue,
        };
        passwords.insert(name(), password);
    }
    Ok(passwords)
}

fn standing(client: &Client, policy: &Policy) -> Result<Standing, AccessError> {
    let users = client.get(&format!("{USERS}/list"), &[])?;
    let roles = client.get(&format!("{ROLES}/list"), &[])?;
    let mut resources = BTreeMap::new();
    for resource in policy.resources() {
        if let Some(pattern) = find(client, resource)? {
            resources.insert(resource.clone(), pattern);
        }
    }
    Ok(Standing {
        users: part(client, &users, "users")?,
        roles: part(client, &roles, "roles")?,
        resources,
        other_passwords: Vec::new(),
    })
}

/// By what permissions name it, if it is there.
fn find(client: &Client, resource: &Resource) -> Result<Option<String>, MlflowError> {
    match resource {
        Resource::Experiment(name) => find_experiment(client, name),
        Resource::Model(name) => match client.get(&format!("{MODELS}/get"), &[("name", name)]) {
            Ok(_) => Ok(Some(name.clone())),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        },
    }
}

/// Makes what permissions are about, and tells by what they name it.
fn create(client: &Client, resource: &Resource) -> Result<String, MlflowError> {
    match resource {
        Resource::Experiment(name) => experiment(client, name),
        Resource::Model(name) => {
            client.post(&format!("{MODELS}/create"), &json!({ "name": name }))?;
            Ok(name.clone())
        }
    }
}

/// Whether the server takes this password for this user.
fn lets_in(server: &Server, user: &str, password: &Secret) -> Result<bool, AccessError> {
    let mut themselves = server.clone();
    let secrets = &mut themselves.secrets;
    secrets.set(
        SecretName::MlflowTrackingUsername,
        Secret::new(user.to_owned()),
    );
    secrets.set(SecretName::MlflowTrackingPassword, password.clone());
    match Client::new(&themselves).get(&format!("{USERS}/current"), &[]) {
        Ok(_) => Ok(true),
        Err(MlflowError::Forbidden { status: 401, .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A part of an answer, read into its type.
fn part<T: DeserializeOwned>(
    client: &Client,
    answer: &Value,
    name: &str,
) -> Result<T, MlflowError> {
    T::deserialize(&answer[name]).map_err(|error| MlflowError::NotMlflow {
        server: client.uri().to_owned(),
        reason: format!("`{name}`: {error}"),
    })
}

impl Plan {
    fn make(&mut self, client: &Client, change: &Change) -> Result<(), MlflowError> {
        match change {
            Change::Create { resource } => {
                let pattern = create(client, resource)?;
                self.standing.resources.insert(resource.clone(), pattern);
            }
            Change::CreateUser { user } => {
                client.post(&format!("{USERS}/create"), &self.credentials(user))?;
            }
            Change::ChangePassword { user } => {
                client.patch(&format!("{USERS}/update-password"), &self.credentials(user))?;
            }
            Change::SetAdmin { user, admin } => {
                let body = json!({"username": user, "is_admin": admin});
                client.patch(&format!("{USERS}/update-admin"), &body)?;
            }
            Change::CreateRole { role, workspace } => {
                let body = json!({"name": role, "workspace": workspace});
                let made = client.post(&format!("{ROLES}/create"), &body)?;
                self.standing.roles.push(part(client, &made, "role")?);
            }
            Change::Allow {
                role,
                workspace,
                resource,
                permission,
                ..
            } => {
                self.allow(client, (role, workspace), resource, *permission)?;
            }
            Change::Assign {
                role,
                workspace,
                user,
            } => {
                let id = self.role(role, workspace).id;
                let body = json!({"username": user, "role_id": id});
                client.post(&format!("{ROLES}/assign"), &body)?;
            }
            Change::Grant {
                user,
                resource,
                permission,
                before,
            } => {
                let mut body = json!({
                    "username": user, "resource_type": resource.kind(),
                    "resource_id": self.standing.pattern(resource),
                });
                // A grant is made or taken away, never changed.
                if before.is_some() {
                    client.post(&format!("{GRANTS}/revoke"), &body)?;
                }
                body["permission"] = json!(permission.name());
                client.post(&format!("{GRANTS}/grant"), &body)?;
            }
        }
        Ok(())
    }

    /// Name and password as the server wants them; a plan has the password of whoever needs one.
    fn credentials(&self, user: &str) -> Value {
        let password = self.passwords.get(user).map(Secret::expose);
        json!({ "username": user, "password": password })
    }

    fn allow(
        &self,
        client: &Client,
        (role, workspace): (&str, &str),
        resource: &Resource,
        permission: Permission,
    ) -> Result<(), MlflowError> {
        let role = self.role(role, workspace);
        let permission = permission.name();
        if let Some(held) = self.standing.about(role.permissions.iter(), resource) {
            let body = json!({"role_permission_id": held.id, "permission": permission});
            client.patch(&format!("{ROLES}/permissions/update"), &body)?;
            return Ok(());
        }
        let body = json!({
            "role_id": role.id, "resource_type": resource.kind(),
            "resource_pattern": self.standing.pattern(resource), "permission": permission,
        });
        client.post(&format!("{ROLES}/permissions/add"), &body)?;
        Ok(())
    }

    fn role(&self, name: &str, workspace: &str) -> &KnownRole {
        let role = self.standing.role(name, workspace);
        role.expect("a plan makes a role before it uses it")
    }
}
