//! Roles, grants and sealed files on a real MLflow with its basic-auth app.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use diktor_track::seal::KeyPair;
use serde_json::Value;

use crate::{
    harness::{Ran, command, trained, words},
    mlflow_server::{self, MlflowServer},
};

const POLICY: &str = "\
users:
  - {name: trainer, password_env: TRAINER_PASSWORD}
  - {name: listener, password_file: listener.password}
roles:
  - name: listeners
    permissions: [{experiment: '*', permission: READ}, {model: '*', permission: USE}]
    members: [listener]
grants:
  - {user: trainer, experiment: tts, permission: LEVEL}
";
const ADMIN: (&str, &str) = ("admin", "a password of the admin");
const TRAINER: (&str, &str) = ("trainer", "a password of trainers");
const LISTENER: (&str, &str) = ("listener", "a password of listeners");

/// A folder with a run, a policy and keys, and a server with users.
struct Scene {
    folder: tempfile::TempDir,
    server: MlflowServer,
    keys: KeyPair,
}

impl Scene {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let server = MlflowServer::start_with_users(mlflow_server::python()?, folder.path(), ADMIN);
        let keys = KeyPair::generate();
        keys.write(&folder.path().join("voice.key")).unwrap();
        KeyPair::generate()
            .write(&folder.path().join("other.key"))
            .unwrap();
        let password = folder.path().join("listener.password");
        fs::write(&password, LISTENER.1).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&password, mode).unwrap();
        let scene = Self {
            folder,
            server,
            keys,
        };
        scene.policy("EDIT");
        Some(scene)
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn policy(&self, level: &str) {
        fs::write(
            self.path().join("access.yaml"),
            POLICY.replace("LEVEL", level),
        )
        .unwrap();
    }

    /// Runs the binary as one of the users.
    fn run(&self, (user, password): (&str, &str), line: &str, more: &[(&str, &str)]) -> Ran {
        let mut command: Command = command(self.path());
        let output = command
            .args(words(line))
            .env("MLFLOW_TRACKING_URI", self.server.uri())
            .env("MLFLOW_EXPERIMENT_NAME", "tts")
            .env("MLFLOW_TRACKING_USERNAME", user)
            .env("MLFLOW_TRACKING_PASSWORD", password)
            .env("TRAINER_PASSWORD", TRAINER.1)
            .envs(more.iter().copied())
            .output();
        output.unwrap().into()
    }

    /// Applies the policy and returns the changes, in words of the answer.
    fn apply(&self, flags: &str, more: &[(&str, &str)]) -> Vec<Value> {
        let line = format!("mlflow rbac apply access.yaml --json {flags}");
        let answer = self.run(ADMIN, &line, more).ok().json();
        answer["changes"].as_array().unwrap().clone()
    }

    /// Every file in the store of the server.
    fn stored(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.server.artifacts()];
        while let Some(folder) = folders.pop() {
            // The folder is made by the first file.
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => found.push(path),
                }
            }
        }
        found
    }
}

fn applying_a_policy_twice_changes_nothing(scene: &Scene) {
    let planned = scene.apply("--dry-run", &[]);
    assert_eq!(planned.len(), 8, "{planned:?}");
    assert_eq!(
        scene.apply("--dry-run", &[]),
        planned,
        "a dry run changes nothing"
    );
    assert_eq!(scene.apply("", &[]), planned);
    assert_eq!(scene.apply("", &[]), Vec::<Value>::new());
    let said = scene
        .run(ADMIN, "mlflow rbac apply access.yaml", &[])
        .ok()
        .stdout;
    assert!(said.contains("nothing to do"), "{said}");

    let other = [("TRAINER_PASSWORD", "another password of trainers")];
    let changes = scene.apply("", &other);
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0]["change"], "change_password");
    assert_eq!(scene.apply("", &[]).len(), 1, "and back");

    let ran = scene.run(TRAINER, "mlflow rbac apply access.yaml", &[]);
    assert!(
        ran.code == 1 && ran.stderr.contains("no administrator"),
        "{ran:?}"
    );
    let ran = scene.run(("admin", "wrong"), "mlflow rbac apply access.yaml", &[]);
    assert!(ran.code == 1 && ran.stderr.contains("401"), "{ran:?}");
}

fn without_edit_a_run_is_kept_and_with_it_delivered(scene: &Scene) {
    let sealing = [("AGE_RECIPIENTS", scene.keys.recipient.as_str())];
    let ran = scene.run(LISTENER, "sync run", &sealing);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stderr.contains("403") || ran.stdout.contains("403"),
        "{ran:?}"
    );
    assert!(
        ran.stderr.contains("EDIT") || ran.stdout.contains("EDIT"),
        "{ran:?}"
    );
    assert!(
        !scene.stored().iter().any(|path| path.is_file()),
        "nothing was taken"
    );

    let synced = scene.run(TRAINER, "sync run --json", &sealing).ok().json();
    assert_eq!(synced["waiting"], 0, "{synced}");
    assert!(synced["metrics"].as_u64().unwrap() > 0, "{synced}");

    scene.policy("READ");
    let changes = scene.apply("", &[]);
    assert_eq!(changes[0]["before"], "EDIT", "{changes:?}");
    let again = scene.run(TRAINER, "sync run --json", &sealing);
    assert_eq!(again.code, 0, "nothing is left to deliver: {again:?}");
    scene.policy("EDIT");
    scene.apply("", &[]);
}

fn files_in_the_store_are_unreadable_without_the_key(scene: &Scene) {
    let stored = scene.stored();
    assert!(stored.len() >= 3, "{stored:?}");
    for path in &stored {
        assert!(
            path.extension().is_some_and(|ending| ending == "age"),
            "`{}`",
            path.display()
        );
        let bytes = fs::read(path).unwrap();
        assert!(
            bytes.starts_with(b"age-encryption.org/v1\n"),
            "`{}`",
            path.display()
        );
        let config = b"batch_size:";
        assert!(!bytes.windows(config.len()).any(|window| window == config));
    }
    let key = [("AGE_IDENTITY_FILE", "voice.key")];
    let get = "artifact get run config.yaml -o got.yaml --json";
    let got = scene.run(LISTENER, get, &key).ok().json();
    assert_eq!(
        (&got["sealed"], &got["verified"]),
        (&true.into(), &true.into()),
        "{got}"
    );
    let read = |name: &str| fs::read(scene.path().join(name)).unwrap();
    assert!(read("got.yaml") == read("run/config.yaml"));
    let mode = fs::metadata(scene.path().join("got.yaml"))
        .unwrap()
        .permissions();
    let mode = std::os::unix::fs::PermissionsExt::mode(&mode);
    assert_eq!(mode & 0o777, 0o600, "what was sealed is not left open");
    let model = "artifact get models:/run@best -o best.ckpt --json";
    let got = scene.run(LISTENER, model, &key).ok().json();
    assert_eq!(got["verified"], true, "{got}");
    assert!(read("best.ckpt") == read("run/checkpoints/best_model.ckpt"));
}

fn what_cannot_be_opened_is_said_and_not_written(scene: &Scene) {
    let refused = |line: &str, more: &[(&str, &str)], expected: &str| {
        let ran = scene.run(TRAINER, line, more);
        assert!(
            ran.code != 0 && ran.stderr.contains(expected),
            "{expected}: {ran:?}"
        );
        assert!(!scene.path().join("no.yaml").exists());
    };
    let key = [("AGE_IDENTITY_FILE", "voice.key")];
    let get = "artifact get run config.yaml -o no.yaml";
    refused(get, &[], &scene.keys.recipient);
    refused(
        get,
        &[("AGE_IDENTITY_FILE", "other.key")],
        "sealed for others",
    );
    refused(
        "artifact get run nothing.yaml -o no.yaml",
        &key,
        "no file `nothing.yaml`",
    );
    // Somebody who can write to the store knows the public key, and seals something else for it.
    let is_config = |path: &&PathBuf| path.ends_with("config.yaml.age");
    let config = scene.stored().iter().find(is_config).cloned().unwrap();
    let recipients = diktor_track::seal::Recipients::parse([&scene.keys.recipient]).unwrap();
    let plain = fs::File::open(scene.path().join("access.yaml")).unwrap();
    let mut copy = diktor_track::seal::seal(&plain, &recipients, scene.path()).unwrap();
    std::io::copy(&mut copy.file, &mut fs::File::create(&config).unwrap()).unwrap();
    refused(get, &key, "is not what was sent");
    fs::write(&config, "age-encryption.org/v1\ngarbage").unwrap();
    refused(get, &key, "config.yaml");
}

/// One test, because each server costs ten seconds to start.
#[test]
fn roles_and_sealed_files_on_a_real_server() {
    let Some(scene) = Scene::new() else { return };
    trained(scene.path());
    applying_a_policy_twice_changes_nothing(&scene);
    without_edit_a_run_is_kept_and_with_it_delivered(&scene);
    files_in_the_store_are_unreadable_without_the_key(&scene);
    what_cannot_be_opened_is_said_and_not_written(&scene);
}
