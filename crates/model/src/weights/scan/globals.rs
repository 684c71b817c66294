//! What the functions and classes that a pickle names are good for.

use std::fmt;

use super::{
    lists::{HARMLESS, HOSTILE, WAYS_OUT},
    standard_library::{STANDARD_LIBRARY, STANDARD_LIBRARY_OF_PYTHON_2},
};

/// A class or function, by its Python module and its name in there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Global {
    pub(in super::super) module: String,
    pub(in super::super) name: String,
}

/// What a checkpoint may want with a class or function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Purpose {
    /// Tensors are made of it, or plain values.
    Harmless,
    /// A class of some project: its objects stay unread.
    Foreign,
    /// It runs programs, reaches files or the network, or evaluates code.
    Hostile,
}

impl Global {
    pub(in super::super) fn new(module: &str, name: &str) -> Self {
        Self {
            module: module.to_owned(),
            name: name.to_owned(),
        }
    }

    /// The attribute of this name that a pickle asks for.
    pub(super) fn attribute(&self, name: &str) -> Self {
        Self {
            module: self.to_string(),
            name: name.to_owned(),
        }
    }

    pub(super) fn is(&self, modules: &[&str], name: &str) -> bool {
        modules.contains(&&*self.module) && self.name == name
    }

    /// What it is good for.
    ///
    /// Of Python's standard library and its built-in functions only what plain values are made of is harmless: nearly
    /// every other module has some function that ends in running a program. Of other packages, what is known to do so
    /// is hostile, and the rest is foreign.
    pub(in super::super) fn purpose(&self) -> Purpose {
        let full = self.to_string();
        if HARMLESS.contains(&&*full) {
            return Purpose::Harmless;
        }
        let (root, rest) = full.split_once('.').unwrap_or((&full, ""));
        let is_standard =
            STANDARD_LIBRARY.contains(&root) || STANDARD_LIBRARY_OF_PYTHON_2.contains(&root);
        let leads_out = rest
            .split('.')
            .any(|part| is_dunder(part) || WAYS_OUT.contains(&part));
        if is_standard || leads_out || HOSTILE.iter().any(|known| is_within(known, &full)) {
            Purpose::Hostile
        } else {
            Purpose::Foreign
        }
    }
}

/// `__globals__`, `__subclasses__`: how one gets from any object to any other.
fn is_dunder(part: &str) -> bool {
    part.len() > 4 && part.starts_with("__") && part.ends_with("__")
}

/// Whether a full name is the known one, or lies in the known module.
fn is_within(known: &str, full: &str) -> bool {
    let rest = full.strip_prefix(known);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl fmt::Display for Global {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.module, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What runs programs, reads other files or reaches out.
    const HOSTILE: [&str; 61] = [
        "os.system",
        "posix.system",
        "nt.system",
        "builtins.eval",
        "builtins.exec",
        "__builtin__.execfile",
        "builtins.__import__",
        "builtins.open",
        "subprocess.Popen",
        "subprocess.check_output",
        "commands.getoutput",
        "torch.hub.load",
        "torch.load",
        "torch.jit.load",
        "torch.serialization.load",
        "torch.utils.cpp_extension.load",
        "torch.fx.graph_module.reduce_graph_module",
        "cProfile.run",
        "profile.run",
        "timeit.timeit",
        "trace.Trace",
        "pdb.run",
        "bdb.Bdb",
        "doctest.debug_script",
        "webbrowser.open",
        "runpy.run_path",
        "pty.spawn",
        "importlib.import_module",
        "operator.methodcaller",
        "_operator.attrgetter",
        "shutil.rmtree",
        "socket.socket",
        "urllib.request.urlopen",
        "http.client.HTTPConnection",
        "pickle.loads",
        "marshal.loads",
        "types.FunctionType",
        "types.CodeType",
        "functools.reduce",
        "code.InteractiveInterpreter",
        "ctypes.CDLL",
        "tempfile.mktemp",
        "logging.config.listen",
        "numpy.f2py.compile",
        "numpy.testing._private.utils.runstring",
        "numpy.load",
        "pip._internal.main",
        "setuptools.sandbox.run_setup",
        "IPython.start_ipython",
        "joblib.load",
        "dill.loads",
        "cloudpickle.loads",
        "pandas.read_pickle",
        "requests.get",
        "site.execsitecustomize",
        "collections.OrderedDict.__init__.__globals__",
        "model.Tacotron2.__subclasses__",
        "pathlib.os.system",
        "collections._sys.modules",
        "tqdm.std.os.system",
        "__main__.eval",
    ];

    fn purpose(full: &str) -> Purpose {
        let (module, name) = full.rsplit_once('.').unwrap();
        Global::new(module, name).purpose()
    }

    #[test]
    fn what_runs_programs_or_reaches_out_is_hostile() {
        for name in HOSTILE {
            assert_eq!(purpose(name), Purpose::Hostile, "{name}");
        }
    }

    #[test]
    fn what_checkpoints_are_made_of_is_harmless() {
        for name in [
            "collections.OrderedDict",
            "collections.defaultdict",
            "torch._utils._rebuild_tensor_v2",
            "torch._utils._rebuild_parameter",
            "torch.FloatStorage",
            "torch.storage.UntypedStorage",
            "torch.float32",
            "torch.device",
            "torch.Size",
            "builtins.set",
            "__builtin__.long",
            "numpy.core.multiarray.scalar",
            "numpy._core.multiarray._reconstruct",
            "numpy.dtype",
            "argparse.Namespace",
            "copy_reg._reconstructor",
            "_codecs.encode",
            "pathlib.PosixPath",
            "datetime.datetime",
            "functools.partial",
        ] {
            assert_eq!(purpose(name), Purpose::Harmless, "{name}");
        }
    }

    #[test]
    fn classes_of_projects_are_foreign() {
        for name in [
            "__main__.Tacotron2",
            "hparams.HParams",
            "utils.hparams.Config",
            "tensorflow.contrib.training.python.training.hparam.HParams",
            "torch.nn.modules.conv.Conv1d",
            "torch.optim.adam.Adam",
            "omegaconf.dictconfig.DictConfig",
            "pytorch_lightning.utilities.parsing.AttributeDict",
            "oscillator.System",
        ] {
            assert_eq!(purpose(name), Purpose::Foreign, "{name}");
        }
    }
}
