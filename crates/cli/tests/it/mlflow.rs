//! Runs that MLflow is told of: by the binary, with the real server, and with servers that are none.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use diktor_track::{Event, EventKind, effective, names, read_log};
use rusqlite::Connection;
use serde_json::Value;

use crate::{
    board::{assert_same, curves_of, curves_served, tensorboard_reads},
    harness::{Ran, command, corpus, diktor, trained, words},
    mlflow_server::{MlflowServer, Row, named, python},
    quickstart::SMALL,
    service::free_port,
};

/// A network with every loss that has a name, and short enough for a test.
const ALL_LOSSES: &str = "batch_size=4,max_decoder_steps=12,iters_per_checkpoint=20,validation_freq=20,\
    use_mmi=true,use_gst=true,use_tps_gst=true,mlflow_experiment_name=tts";

fn log(run_dir: &Path) -> Vec<Event> {
    read_log(&run_dir.join("events.jsonl")).unwrap().events
}

fn rows(events: &[Event]) -> BTreeSet<Row> {
    let mut rows = BTreeSet::new();
    for event in events {
        let mut add = |name: &str, value: f64| {
            rows.insert(Row::new(name, event.step, event.time_s, value));
        };
        match &event.kind {
            EventKind::Step { metrics } | EventKind::Validation { metrics } => {
                metrics.iter().for_each(|(name, value)| add(name, *value));
            }
            EventKind::Intervention(change) => {
                add(
                    &format!("{}{}", names::KNOB_PREFIX, change.knob),
                    change.new,
                );
            }
            _ => {}
        }
    }
    rows
}

#[test]
fn mlflow_and_tensorboard_hold_every_published_name_and_step_of_a_training() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = MlflowServer::start(python, folder.path());
    corpus(folder.path());
    let line = format!(
        "train --dataset corpus -o run --preset tiny --max-steps 200 --json --hparams {ALL_LOSSES},tracking_uri={}",
        server.uri()
    );
    let ran = diktor(folder.path(), &line).ok();
    assert!(!ran.stderr.contains("diktor sync"), "{ran:?}");
    let remote = server.run("tts");
    let there = server.rows(&remote);
    let wanted: Vec<Row> = rows(&log(&folder.path().join("run"))).into_iter().collect();
    assert_eq!(there, wanted);
    every_name(&there, &remote);
    let logdir = folder.path().join("run/tb");
    if let Some(read) = tensorboard_reads(&logdir, "training/loss", 200) {
        let curves = curves_of(&log(&folder.path().join("run")));
        for (loader, served) in read["http"].as_object().unwrap() {
            assert_same(&curves, &curves_served(served), loader);
        }
    }
    let files = server.files(&remote, "");
    for file in ["config.yaml", "report.html"] {
        assert!(files.iter().any(|path| path == file), "{files:?}");
    }
    assert!(
        files.iter().any(|path| path.ends_with("best_model.ckpt")),
        "{files:?}"
    );
    assert_eq!(remote["info"]["status"], "FINISHED");
    let id = remote["info"]["run_id"].as_str().unwrap();
    let line = format!(
        "check --critical-metrics --mlflow {} --run {id} --json",
        server.uri()
    );
    let (there, here) = (
        diktor(folder.path(), &line),
        diktor(folder.path(), "check run --json"),
    );
    assert_eq!((there.code, there.json()), (here.code, here.json()));
    a_run_is_found_by_a_short_id_and_by_its_name(folder.path(), &server, id, &there.json());
    what_a_quickstart_speaks_is_delivered_too(folder.path(), &server);
}

fn a_run_is_found_by_a_short_id_and_by_its_name(
    folder: &Path,
    server: &MlflowServer,
    id: &str,
    whole: &Value,
) {
    for called in [&id[..8], "run"] {
        let line = format!("check --mlflow {} --run {called} --json", server.uri());
        assert_eq!(diktor(folder, &line).json(), *whole, "{called}");
    }
    let line = format!("check --mlflow {} --run nobody", server.uri());
    let ran = diktor(folder, &line);
    assert!(
        ran.code == 1 && ran.stderr.contains("no run is called `nobody`"),
        "{ran:?}"
    );
}

fn what_a_quickstart_speaks_is_delivered_too(folder: &Path, server: &MlflowServer) {
    let line = format!("quickstart --steps 1 -o voice -q --hparams {SMALL}");
    let output = command(folder)
        .args(words(&line))
        .env("MLFLOW_TRACKING_URI", server.uri())
        .output();
    Ran::from(output.unwrap()).ok();
    let files = server.files(&server.run("Default"), "");
    assert!(
        files
            .iter()
            .any(|path| path.starts_with("samples/heldout/")),
        "{files:?}"
    );
}

/// Every name that the original publishes.
fn every_name(there: &[Row], remote: &Value) {
    let known: BTreeSet<&str> = there.iter().map(|row| row.name.as_str()).collect();
    for name in [
        "training.loss",
        "training.taco_loss",
        "training.atten_loss",
        "training.mi_loss",
        "training.guide_loss",
        "training.gate_loss",
        "training.emb_loss",
        "grad.norm",
        "learning.rate",
        "duration",
        "epoch",
        "iteration",
        "validation.loss",
        "validation.alignment_score",
        "validation.attention_entropy",
        "validation.attention_focus",
        "validation.gate_mean",
        "validation.gate_std",
        "validation.step",
    ] {
        assert!(known.contains(name), "`{name}` is missing");
    }
    let params = named(&remote["data"]["params"]);
    for name in [
        "model.total_params",
        "model.trainable_params",
        "hparams.batch_size",
        "hparams.learning_rate",
        "hparams.epochs",
        "hparams.grad_clip_thresh",
        "hparams.fp16_run",
        "hparams.use_mmi",
        "hparams.use_guided_attn",
        "dataset.train_size",
        "dataset.val_size",
    ] {
        assert!(params.contains_key(name), "`{name}` is missing: {params:?}");
    }
}

/// Starts or goes on with the run, telling the server.
fn start(folder: &Path, uri: &str, max_steps: u64) -> Child {
    let begun = fs::read_dir(folder.join("run/checkpoints")).is_ok_and(|files| {
        files
            .flatten()
            .any(|file| file.path().extension().is_some_and(|e| e == "ckpt"))
    });
    let line = if begun {
        format!("train --resume -o run -q --max-steps {max_steps}")
    } else {
        format!(
            "train --dataset corpus -o run --preset tiny -q --max-steps {max_steps} --hparams \
                 batch_size=4,max_decoder_steps=12,iters_per_checkpoint=25,validation_freq=25,mlflow_experiment_name=killed"
        )
    };
    command(folder)
        .args(words(&line))
        .env("MLFLOW_TRACKING_URI", uri)
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.join("stderr.txt")).unwrap())
        .spawn()
        .unwrap()
}

fn lines(run_dir: &Path) -> usize {
    fs::read(run_dir.join("events.jsonl")).map_or(0, |bytes| {
        bytes.iter().filter(|byte| **byte == b'\n').count()
    })
}

/// Trains until the log has grown by so many lines, and kills the trainer.
fn kill_after(more: usize, folder: &Path, uri: &str) {
    let run_dir = folder.join("run");
    let wanted = lines(&run_dir) + more;
    let mut trainer = start(folder, uri, 100_000);
    let deadline = Instant::now() + Duration::from_secs(60);
    while lines(&run_dir) < wanted {
        let said = || fs::read_to_string(folder.join("stderr.txt"));
        assert_eq!(trainer.try_wait().unwrap(), None, "{:?}", said());
        assert!(Instant::now() < deadline, "{} lines", lines(&run_dir));
        thread::sleep(Duration::from_millis(7));
    }
    trainer.kill().unwrap();
    trainer.wait().unwrap();
}

#[test]
fn a_trainer_killed_at_random_moments_tells_everything_once() {
    const KILLS: usize = 10;
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = MlflowServer::start(python, folder.path());
    corpus(folder.path());
    let run_dir = folder.path().join("run");
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..KILLS {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        kill_after(15 + (random % 60) as usize, folder.path(), &server.uri());
    }
    let last = log(&run_dir).iter().map(|event| event.step).max().unwrap();
    assert!(
        start(folder.path(), &server.uri(), last + 5)
            .wait()
            .unwrap()
            .success()
    );
    // The trainer was told of the server by its environment; the run knows where it went.
    let synced = diktor(folder.path(), "sync run --json").ok().json();
    assert_eq!(synced["server"], server.uri());
    assert_eq!(
        (&synced["waiting"], &synced["refused"]),
        (&0.into(), &0.into())
    );

    let there = server.rows(&server.run("killed"));
    let whole = log(&run_dir);
    let ever: BTreeSet<Row> = rows(&whole);
    assert!(
        there.iter().all(|row| ever.contains(row)),
        "every row was once measured"
    );
    // What measures the machine differs each time a step is repeated; any one of these will do.
    let told = |rows: &mut dyn Iterator<Item = &Row>| {
        let mut told: BTreeMap<(String, i64, Option<u64>), usize> = BTreeMap::new();
        for row in rows {
            let bits = Some(row.bits).filter(|_| !names::is_of_the_machine(&row.name));
            *told.entry((row.name.clone(), row.step, bits)).or_default() += 1;
        }
        told
    };
    let (there, counts) = (told(&mut there.iter()), rows(&effective(whole)));
    assert_eq!(
        there.keys().collect::<Vec<_>>(),
        told(&mut counts.iter()).keys().collect::<Vec<_>>()
    );
    let twice: Vec<_> = there.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn a_dead_server_costs_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let uri = format!("http://127.0.0.1:{}", free_port());
    corpus(folder.path());
    let line = format!(
        "train --dataset corpus -o run --preset tiny --max-steps 2 --hparams \
         batch_size=4,max_decoder_steps=12,tracking_uri={uri}"
    );
    let ran = diktor(folder.path(), &line).ok();
    assert!(
        ran.stderr.contains("`diktor sync run` delivers them"),
        "{ran:?}"
    );

    let synced = diktor(folder.path(), "sync run --patience 0 --json");
    assert_eq!(synced.code, 1, "{synced:?}");
    let told = synced.json();
    assert!(told["waiting"].as_u64().unwrap() > 20, "{told}");
    let failure = told["failure"].as_str().unwrap();
    assert!(
        failure.contains(&uri) && failure.contains("hint"),
        "{failure}"
    );
}

#[test]
fn without_a_server_the_store_holds_the_run_and_a_database_is_made_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = trained(folder.path());
    let store = Connection::open(run.join("store.sqlite")).unwrap();
    let count: i64 = store
        .query_row("SELECT COUNT(*) FROM metrics", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count as usize, rows(&log(&run)).len());
    let none = diktor(folder.path(), "sync run");
    assert_eq!(none.code, 2, "{none:?}");
    assert!(none.stderr.contains("--tracking-uri"), "{none:?}");

    let written = diktor(folder.path(), "export mlflow-db run -o out.db --json")
        .ok()
        .json();
    assert_eq!(
        (&written["runs"], &written["metrics"]),
        (&1.into(), &count.into())
    );
    let again = diktor(folder.path(), "export mlflow-db run -o out.db");
    assert_eq!(again.code, 2, "{again:?}");
    let bad = diktor(folder.path(), "export mlflow-db nowhere -o other.db");
    assert_eq!(bad.code, 2, "{bad:?}");
    assert!(!folder.path().join("other.db").exists());
}

#[test]
fn the_store_can_be_switched_off_and_bad_addresses_are_refused_first() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let line = "train --dataset corpus -o run --preset tiny --max-steps 1 -q --hparams \
                batch_size=4,max_decoder_steps=12,mlflow_logging=false";
    diktor(folder.path(), line).ok();
    assert!(!folder.path().join("run/store.sqlite").exists());
    for (uri, hint) in [
        ("databricks", "http://host:5000"),
        ("http://me:hush@host", "MLFLOW_TRACKING_PASSWORD"),
    ] {
        let line =
            format!("train --dataset corpus -o other --preset tiny --hparams tracking_uri={uri}");
        let refused = diktor(folder.path(), &line);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(
            refused.stderr.contains(hint) && !refused.stderr.contains("hush"),
            "{refused:?}"
        );
        assert!(!folder.path().join("other").exists());
    }
}
