//! The `age` of the distribution opens what we seal, and we open what it seals.
//!
//! `DIKTOR_AGE` names the folder of `age` and `age-keygen`.

use std::{
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
    process::Command,
};

use diktor_track::{
    seal::{Identities, KeyPair, Recipients, open, seal},
    secret_of_file,
};

use crate::service::{printed, service};

/// The folder of the two programs; `None` if there is none.
fn age() -> Option<PathBuf> {
    service("DIKTOR_AGE")
}

fn run(program: &Path, arguments: &[&str], folder: &Path) -> String {
    printed(Command::new(program).args(arguments).current_dir(folder))
}

/// More than one piece of age's stream, and not a whole number of them.
fn plain() -> Vec<u8> {
    (0..300_001_u32)
        .map(|number| ((number * 7919) >> 3) as u8)
        .collect()
}

#[test]
fn age_opens_what_we_seal_for_several() {
    let Some(age) = age() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (path, pairs) = (folder.path(), [KeyPair::generate(), KeyPair::generate()]);
    fs::write(path.join("voice.ckpt"), plain()).unwrap();
    let recipients = Recipients::parse(pairs.iter().map(|pair| &pair.recipient)).unwrap();
    let mut sealed = seal(
        &File::open(path.join("voice.ckpt")).unwrap(),
        &recipients,
        path,
    )
    .unwrap();
    std::io::copy(
        &mut sealed.file,
        &mut File::create(path.join("voice.ckpt.age")).unwrap(),
    )
    .unwrap();
    for (number, pair) in pairs.iter().enumerate() {
        let key = format!("{number}.key");
        pair.write(&path.join(&key)).unwrap();
        run(
            &age.join("age"),
            &["-d", "-i", &key, "-o", "opened", "voice.ckpt.age"],
            path,
        );
        assert!(fs::read(path.join("opened")).unwrap() == plain());
        let public = run(&age.join("age-keygen"), &["-y", &key], path);
        assert_eq!(
            public.trim(),
            pair.recipient,
            "age reads our key as we mean it"
        );
    }
}

#[test]
fn we_open_what_age_seals_with_a_key_of_its_own() {
    let Some(age) = age() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("plain"), plain()).unwrap();
    run(&age.join("age-keygen"), &["-o", "its.key"], path);
    let public = run(&age.join("age-keygen"), &["-y", "its.key"], path);
    run(
        &age.join("age"),
        &["-r", public.trim(), "-o", "sealed", "plain"],
        path,
    );
    let identities = Identities::parse(&secret_of_file(&path.join("its.key")).unwrap()).unwrap();
    let sealed = BufReader::new(File::open(path.join("sealed")).unwrap());
    let mut opened = Vec::new();
    let digest = open(sealed, &identities, &mut opened).unwrap();
    assert!(opened == plain());
    assert_eq!(digest.bytes, plain().len() as u64);
}
