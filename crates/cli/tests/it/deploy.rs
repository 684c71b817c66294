//! The files of `deploy/`, read by the programs they are for.

use std::{fs, io::Write as _, path::Path, process::Command};

use serde_json::Value;

fn deploy(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy")
        .join(path)
}

#[test]
fn systemd_understands_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("diktor-train@.service");
    fs::copy(deploy("systemd/diktor-train@.service"), &unit).unwrap();
    let drop_in = folder.path().join("diktor-train@.service.d");
    fs::create_dir(&drop_in).unwrap();
    fs::copy(
        deploy("systemd/credentials.conf"),
        drop_in.join("credentials.conf"),
    )
    .unwrap();
    let Ok(verified) = Command::new("systemd-analyze")
        .arg("verify")
        .arg(&unit)
        .output()
    else {
        let mut stderr = std::io::stderr();
        let _ignored = writeln!(stderr, "skipped: there is no systemd-analyze");
        return;
    };
    let said = String::from_utf8_lossy(&verified.stderr);
    let about_us = said.lines().filter(|line| line.contains("diktor"));
    assert_eq!(about_us.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn dashboards_can_be_provisioned() {
    let mut names = Vec::new();
    for entry in fs::read_dir(deploy("grafana/dashboards")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let board: Value = serde_json::from_str(&text).unwrap();
        names.push(board["uid"].as_str().unwrap().to_owned());
        let panels = board["panels"].as_array().unwrap();
        let mut ids: Vec<u64> = panels
            .iter()
            .map(|panel| panel["id"].as_u64().unwrap())
            .collect();
        ids.dedup();
        assert_eq!(ids.len(), panels.len(), "every panel has an id of its own");
        for panel in panels {
            let place = &panel["gridPos"];
            let right = place["x"].as_u64().unwrap() + place["w"].as_u64().unwrap();
            assert!(right <= 24, "{panel}");
        }
    }
    names.sort();
    assert_eq!(names, ["diktor-machine", "diktor-training"]);
}
