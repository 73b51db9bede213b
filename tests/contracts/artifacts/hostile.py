"""Pickles that run code when they are loaded, each by its own way, and none of them made by a pickler."""

import pickle

from tests.contracts.artifacts.steps import (
    BUILD,
    EMPTY_DICT,
    EMPTY_TUPLE,
    MARK,
    MEMOIZE,
    NEWOBJ,
    NONE,
    POP,
    REDUCE,
    SETITEM,
    STOP,
    TUPLE,
    TUPLE1,
    TUPLE2,
    called,
    frame,
    get,
    imported,
    number,
    pickled,
    proto,
    stacked,
    text,
)

# What has been used, or could be, to get from an import and a call to anything.
_NAMES = """
os.system posix.system nt.system os.popen os.execv os.spawnl os.posix_spawn os.putenv os.remove subprocess.Popen
subprocess.call subprocess.check_output subprocess.getoutput _posixsubprocess.fork_exec builtins.eval builtins.exec
builtins.compile builtins.getattr builtins.setattr builtins.__import__ builtins.open builtins.input
builtins.breakpoint builtins.globals builtins.vars builtins.map builtins.apply builtins.type __builtin__.eval
__builtin__.exec __builtin__.getattr __builtin__.execfile __builtin__.apply __builtin__.reduce importlib.import_module
importlib.__import__ importlib.util.module_from_spec imp.load_source runpy.run_path runpy.run_module runpy._run_code
timeit.timeit timeit.main cProfile.run cProfile.runctx profile.run pip.main pip._internal.main ensurepip.bootstrap
ctypes.CDLL ctypes.cdll.LoadLibrary ctypes.PyDLL _ctypes.dlopen pkgutil.resolve_name code.interact
code.InteractiveInterpreter codeop.compile_command webbrowser.open pty.spawn bdb.Bdb.run pdb.run pdb.runeval
pdb.set_trace idlelib.pyshell.ModifiedInterpreter idlelib.run.Executive torch.hub.load torch.load torch.jit.load
torch.utils.cpp_extension.load torch.serialization.load numpy.testing._private.utils.runstring numpy.testing.runstring
numpy.load numpy.fromfile numpy.f2py.compile operator.attrgetter operator.methodcaller operator.itemgetter
_operator.attrgetter functools.partial functools.reduce types.FunctionType types.CodeType types.MethodType
marshal.loads marshal.load pickle.loads _pickle.loads pickle.load cloudpickle.loads dill.loads joblib.load
pandas.read_pickle shelve.open copyreg.add_extension copy.copy shutil.rmtree shutil.move shutil.copy sys.exit
sys.settrace sys.modules.get sys.setprofile codecs.decode _codecs.decode linecache.getline linecache.updatecache
socket.socket socket.create_connection ssl.get_server_certificate asyncio.run
asyncio.subprocess.create_subprocess_shell asyncio.unix_events._UnixSubprocessTransport._start multiprocessing.Process
multiprocessing.util.spawnv_passfds multiprocessing.connection.Client concurrent.futures.ThreadPoolExecutor
threading.Thread _thread.start_new_thread doctest.debug_script doctest.testfile trace.Trace trace.Trace.run
logging.config.fileConfig logging.config.listen xmlrpc.client.ServerProxy http.client.HTTPSConnection
urllib.request.urlopen requests.get ftplib.FTP smtplib.SMTP distutils.spawn.spawn distutils.file_util.write_file
setuptools.sandbox.run_setup unittest.main unittest.mock.patch zipimport.zipimporter venv.create site.main
test.support.script_helper.assert_python_ok lib2to3.main ast.literal_eval commands.getoutput popen2.popen2
platform.popen tempfile.mktemp pathlib.Path.unlink glob.glob io.open io.FileIO tkinter.Tk sqlite3.connect
readline.read_history_file signal.signal resource.setrlimit gc.get_objects inspect.getsource
sklearn.utils._testing.os.system sklearn.utils.os.system sklearn.svm._base.warnings.sys.modules
sklearn.datasets.fetch_openml sklearn.externals.subprocess.Popen sklearn.datasets.load_files sklearn.base.clone
numpy.f2py.diagnose.run numpy.distutils.exec_command.exec_command scipy.io.loadmat scipy._lib._util.getargspec
joblib._utils.eval_expr joblib.numpy_pickle_compat.ZNDArrayWrapper joblib.numpy_pickle.load joblib.Memory
xgboost.core.os.system lightgbm.basic.ctypes.CDLL collections.namedtuple enum.Enum dataclasses.make_dataclass
"""
CALLED = _NAMES.split()

# Names that only look as if they belonged to something known; dots inside a name lead from attribute to attribute.
DOTTED = [
    ("sklearn.linear_model._logistic", "LogisticRegression.__init__.__globals__"),
    ("sklearn.linear_model._logistic", "os.system"),
    ("sklearn.svm._classes", "SVC.fit.__globals__"),
    ("sklearn", "utils.os.system"),
    ("numpy", "ndarray.tofile"),
    ("numpy", "load"),
    ("collections", "abc.sys.modules"),
    ("collections", "_sys.modules"),
    ("builtins", "object.__subclasses__"),
    ("builtins", "str.format"),
    ("joblib.numpy_pickle", "NumpyArrayWrapper.read_array"),
    ("sklearn.linear_model._logistic ", "LogisticRegression"),
    ("sklearn.linear_model._logistic", "LogisticRegression\t"),
    ("SKLEARN.svm._classes", "SVC"),
    ("", "eval"),
    ("builtins", ""),
]

SYSTEM, IMPORTED = stacked("os", "system"), imported("os", "system")
SVC = stacked("sklearn.svm._classes", "SVC")
SCORE = stacked("sklearn.metrics._regression", "r2_score")
ESTIMATOR = SVC + EMPTY_TUPLE + NEWOBJ
DTYPE = called(stacked("numpy", "dtype"), text("O8"), b"\x89", b"\x88")


def state(flags: int) -> bytes:
    """The state of an element type of objects, with these flags (63 are right)."""
    return MARK + number(3) + text("|") + NONE * 3 + b"J\xff\xff\xff\xff" * 2 + number(flags) + TUPLE + BUILD


SHAPES: dict[str, bytes] = {
    **{f"protocol {version}": pickled(called(IMPORTED, text("id")), protocol=version) for version in range(6)},
    "no header and texts of protocol 0": b"cos\nsystem\n(S'id'\ntR.",
    "a text of protocol 0": b"(Vid\ncos\nsystem\n0.",
    "a text with the name in escapes": b"V\\u006f\\u0073\nV\\u0073ystem\n\x93(S'id'\ntR.",
    "names as bytes of Python 2": pickled(b"U\x02osU\x06system\x93", text("id"), TUPLE1, REDUCE),
    "names from the memo": pickled(text("system"), MEMOIZE, text("os"), MEMOIZE, POP, POP, get(1), get(0), b"\x93"),
    "names that were kept twice": pickled(
        text("sklearn.svm._classes"), b"q\x00", POP, text("os"), b"q\x00", text("system"), b"\x93"
    ),
    "a name by DUP": pickled(text("os"), b"2\x93"),
    "a name that is computed": pickled(called(stacked("builtins", "bytes")), text("system"), b"\x93"),
    "a name in a tuple": pickled(text("os"), TUPLE1, text("system"), b"\x93"),
    "a name too long to be kept": pickled(b"X" + (300).to_bytes(4, "little") + b"o" * 300, text("system"), b"\x93"),
    "imported and never called": pickled(SYSTEM),
    "imported and thrown away": pickled(SYSTEM, POP, NONE),
    "behind something harmless": pickled(ESTIMATOR, POP, called(SYSTEM, text("id"))),
    "as a value in a state": pickled(ESTIMATOR, EMPTY_DICT, text("predict"), SYSTEM, SETITEM, BUILD),
    "INST": b"(S'id'\nios\nsystem\n.",
    "INST of something known": b"(isklearn.svm._classes\nSVC\n.",
    "OBJ": pickled(MARK, SYSTEM, text("id"), b"o"),
    "OBJ of something known": pickled(MARK, SVC, b"o"),
    "NEWOBJ": pickled(stacked("subprocess", "Popen"), text("id"), TUPLE1, NEWOBJ),
    "NEWOBJ_EX": pickled(stacked("subprocess", "Popen"), EMPTY_TUPLE, EMPTY_DICT, b"\x92"),
    "NEWOBJ of a function": pickled(stacked("sklearn.metrics._regression", "r2_score"), EMPTY_TUPLE, NEWOBJ),
    "a call of a function that is only kept": called(stacked("sklearn.metrics._regression", "r2_score"), NONE) + STOP,
    "EXT1": pickled(b"\x82\x01", EMPTY_TUPLE, REDUCE),
    "EXT2": pickled(b"\x83\x01\x00", EMPTY_TUPLE, REDUCE),
    "EXT4": pickled(b"\x84\x01\x00\x00\x00", EMPTY_TUPLE, REDUCE),
    "PERSID": b"Pos.system\n.",
    "BINPERSID": pickled(text("os"), b"Q"),
    "BINPERSID as torch writes it": pickled(text("storage"), text("os"), text("0"), text("cpu"), number(1), b"\x86Q"),
    "NEXT_BUFFER": pickled(b"\x97", protocol=5),
    "READONLY_BUFFER": pickled(NONE, b"\x98", protocol=5),
    "a call of what a call gave": pickled(called(called(stacked("builtins", "slice"), NONE), NONE)),
    "a call of an object": pickled(ESTIMATOR, EMPTY_TUPLE, REDUCE),
    "a call with no tuple": pickled(stacked("builtins", "slice"), NONE, REDUCE),
    "a call of an array's constructor": pickled(called(stacked("numpy", "ndarray"), number(1))),
    "_reconstruct of a class of its own": pickled(called(stacked("numpy._core.multiarray", "_reconstruct"), SVC)),
    "_reconstructor from another base": pickled(
        called(imported("copyreg", "_reconstructor"), SVC, stacked("builtins", "int"), NONE)
    ),
    "_reconstructor of no class": pickled(
        called(imported("copyreg", "_reconstructor"), stacked("builtins", "bytes"), stacked("builtins", "object"), NONE)
    ),
    "encode by another codec": pickled(called(stacked("_codecs", "encode"), text("x"), text("zlib"))),
    "encode by a codec that is computed": pickled(called(stacked("_codecs", "encode"), text("x"), ESTIMATOR)),
    "decode": pickled(called(stacked("_codecs", "decode"), text("x"), text("latin1"))),
    "a huge bytearray": pickled(called(stacked("builtins", "bytearray"), b"J\xff\xff\xff\x7f")),
    "BUILD of a class": pickled(SVC, EMPTY_DICT, BUILD),
    "BUILD of a list": pickled(b"]", EMPTY_DICT, BUILD),
    "BUILD of an allowed function": pickled(stacked("builtins", "bytes"), EMPTY_DICT, BUILD),
    "BUILD with attributes": pickled(ESTIMATOR, NONE, EMPTY_DICT, text("__class__"), SVC, SETITEM, TUPLE2, BUILD),
    "BUILD with a computed state": pickled(ESTIMATOR, ESTIMATOR, BUILD),
    "BUILD with __setstate__ in it": pickled(ESTIMATOR, EMPTY_DICT, text("__setstate__"), SYSTEM, SETITEM, BUILD),
    "BUILD of __reduce__ through a call": pickled(ESTIMATOR, called(IMPORTED, text("id")), BUILD),
    "items of an object": pickled(ESTIMATOR, text("a"), NONE, SETITEM),
    "items of a class": pickled(SVC, MARK, text("a"), NONE, b"u"),
    "items added to an object": pickled(ESTIMATOR, MARK, NONE, b"e"),
    "an item added to a class": pickled(SVC, NONE, b"a"),
    "an item added to a set that is none": pickled(ESTIMATOR, MARK, NONE, b"\x90"),
    "an element type that lies about objects": pickled(DTYPE, state(0)),
    "an element type with two states": pickled(DTYPE, state(63), state(63)),
    "an array of more objects than it brings": pickled(
        called(
            stacked("numpy._core.multiarray", "_reconstruct"), stacked("numpy", "ndarray"), number(0) + b"\x85", NONE
        ),
        MARK + number(1) + number(9) + b"\x85" + DTYPE + state(63) + b"\x89" + b"]" + NONE + b"a" + TUPLE + BUILD,
    ),
    "a second pickle behind the first": pickled(NONE) + pickled(called(SYSTEM, text("id"))),
    "bytes behind the end": pickled(NONE) + b"\n",
    "a second header": pickled(NONE, POP, proto(0), NONE),
    "a protocol of tomorrow": proto(6) + NONE + STOP,
    "a frame that is too long": proto(4) + frame(99) + NONE + STOP,
    "a frame that is too short": proto(4) + frame(2) + text("sklearn") + STOP,
    "a frame that ends behind STOP": proto(4) + frame(3) + NONE + STOP + STOP,
    "a frame within a frame": proto(4) + frame(11) + frame(2) + NONE + STOP,
    "a frame of 2^63 bytes": proto(4) + frame(2**63) + NONE + STOP,
    "unknown steps": pickled(b"\xff"),
    "values left on the stack": pickled(NONE, NONE),
    "nothing on the stack": pickled(),
    "only a mark on the stack": pickled(MARK),
    "a mark that is not there": pickled(NONE, TUPLE),
    "a memo that is not there": pickled(get(7)),
    "a memo far away": pickled(NONE, b"r\xff\xff\xff\xff"),
    "a length beyond the file": pickled(b"\x8e" + (2**62).to_bytes(8, "little")),
    "a negative length": pickled(b"T\xff\xff\xff\xff"),
    "a number of 5000 digits": b"L" + b"9" * 5000 + b"L\n.",
    "nothing at all": b"",
    "no pickle": b"hello",
    "half a global": b"cos\nsys",
    "a pickle of a pickle": pickled(called(stacked("pickle", "loads"), b"C\x03" + pickle.dumps(None, 0))),
    "a tuple a hundred thousand deep": pickled(
        imported("copyreg", "_reconstructor"), NONE, TUPLE1 * 100_000, SVC, NONE, b"\x87", REDUCE
    ),
}


def split(dotted: str) -> tuple[str, str]:
    """Module and name of a dotted name."""
    module, _, name = dotted.rpartition(".")
    return module, name


# The same ways where they lead to nothing that harms: what is refused above is not refused for being put together.
HARMLESS: dict[str, bytes] = {
    "nothing": pickled(NONE),
    "an estimator": pickled(ESTIMATOR),
    "an estimator with a state": pickled(ESTIMATOR, EMPTY_DICT, text("score"), SCORE, SETITEM, BUILD),
    "a call of a class": pickled(called(stacked("builtins", "slice"), NONE)),
    "an import by GLOBAL": pickled(imported("sklearn.svm._classes", "SVC"), EMPTY_TUPLE, NEWOBJ),
    "an import by the memo": pickled(text("SVC"), MEMOIZE, POP, text("sklearn.svm._classes"), get(0), b"\x93"),
    "an import under the name of Python 2": pickled(called(imported("__builtin__", "set"), b"]"), protocol=2),
    "an object by _reconstructor": pickled(
        called(imported("copyreg", "_reconstructor"), SVC, stacked("builtins", "object"), NONE)
    ),
    "bytes by another text": pickled(called(stacked("_codecs", "encode"), text("x"), text("latin1"))),
    "an element type": pickled(DTYPE, state(63)),
    "an array of the object that it brings": pickled(
        called(
            stacked("numpy._core.multiarray", "_reconstruct"), stacked("numpy", "ndarray"), number(0) + b"\x85", NONE
        ),
        MARK + number(1) + number(1) + b"\x85" + DTYPE + state(63) + b"\x89" + b"]" + NONE + b"a" + TUPLE + BUILD,
    ),
    "whole frames": proto(4) + frame(1) + NONE + frame(2) + POP + NONE + STOP,
    "items": pickled(b"]", MARK, NONE, b"e", EMPTY_DICT, MARK, text("a"), NONE, b"u", b"\x8f", MARK, NONE, b"\x90\x87"),
}


HOSTILE: dict[str, bytes] = {
    **{f"call of {name}": pickled(called(stacked(*split(name)), text("id"))) for name in CALLED},
    **{f"GLOBAL {name}": pickled(called(imported(*split(name)), text("id")), protocol=2) for name in CALLED},
    **{f"{module} {name!r}": pickled(called(stacked(module, name), text("id"))) for module, name in DOTTED},
    **SHAPES,
}
