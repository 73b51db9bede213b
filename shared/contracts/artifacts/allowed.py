"""Which classes and functions a pickle may name, and how those may be called that could do harm with some arguments."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.contracts.artifacts import sklearn_names
from shared.contracts.artifacts.values import Global, Opaque

type Check = Callable[[tuple[Any, ...]], bool]

NUMPY_WRAPPER = Global("joblib.numpy_pickle", "NumpyArrayWrapper")
_OBJECT = Global("builtins", "object")
_PYTHON_2 = {"__builtin__": "builtins", "copy_reg": "copyreg"}


@dataclass(frozen=True, slots=True)
class Allowed:
    """The names of one framework: `classes` may be made and called, `calls` called as their check says.

    `values` may only be kept. `storages` are what a persistent id may name, as torch writes them.
    """

    classes: frozenset[Global]
    calls: Mapping[Global, Check]
    values: frozenset[Global] = frozenset()
    storages: frozenset[Global] = frozenset()

    def making(self, name: Global) -> bool:
        """Whether it is a class of which a plain object may be made."""
        return name in self.classes

    def knows(self, name: Global) -> bool:
        """Whether a pickle may name it at all."""
        return name in self.classes or name in self.calls or name in self.values or name in self.storages

    def calling(self, name: Global, arguments: tuple[Any, ...]) -> bool:
        """Whether it may be called so."""
        check = self.calls.get(name)
        return check(arguments) if check else name in self.classes


def named(module: str, name: str) -> Global:
    """The class or function that Python 3 imports where a pickle of protocol 0–2 says the name that Python 2 had."""
    return Global(_PYTHON_2.get(module, module), name)


def _any(_: tuple[Any, ...]) -> bool:
    return True


def _empty(arguments: tuple[Any, ...]) -> bool:
    return not arguments


def _latin(arguments: tuple[Any, ...]) -> bool:
    """Bytes as protocols 0–2 write them; another codec would be code of its own."""
    return len(arguments) == 2 and isinstance(arguments[0], (str, Opaque)) and arguments[1] == "latin1"


def _named_table(table: Mapping[str, str]) -> Iterable[Global]:
    return (Global(module, name) for module, names in table.items() for name in names.split())


def _both(module: str, *names: str) -> list[Global]:
    """The names in a module of numpy.core, which numpy 2 calls numpy._core."""
    return [Global(f"numpy.{core}.{module}", name) for core in ("core", "_core") for name in names]


_NUMPY_CLASSES = _named_table(
    {
        "numpy": "dtype bool_ bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 "
        "complex64 complex128 str_ bytes_",
        "numpy.random._mt19937": "MT19937",
        "numpy.random._pcg64": "PCG64 PCG64DXSM",
        "numpy.random._philox": "Philox",
        "numpy.random._sfc64": "SFC64",
        "numpy.random.bit_generator": "SeedSequence",
        "scipy.interpolate._bsplines": "BSpline _BSpline",
        "scipy.sparse._csr": "csr_matrix csr_array",
        "scipy.sparse._csc": "csc_matrix csc_array",
        "scipy.sparse._coo": "coo_matrix coo_array",
        "scipy.sparse.csr": "csr_matrix",
        "scipy.sparse.csc": "csc_matrix",
        "scipy.sparse.coo": "coo_matrix",
        "collections": "OrderedDict defaultdict",
        "builtins": "slice set frozenset complex range",
    }
)
_OTHER_CLASSES = _named_table(
    {
        "xgboost.core": "Booster",
        "xgboost.sklearn": "XGBModel XGBClassifier XGBRegressor XGBRanker XGBRFClassifier XGBRFRegressor",
        "lightgbm.basic": "Booster",
        "lightgbm.sklearn": "LGBMModel LGBMClassifier LGBMRegressor LGBMRanker _LGBMLabelEncoder",
        "catboost.core": "CatBoost CatBoostClassifier CatBoostRegressor CatBoostRanker",
    }
)
_ARRAYS = frozenset(
    _named_table({"numpy": "ndarray matrix", "numpy.ma": "MaskedArray", "numpy.ma.core": "MaskedArray"})
)


def _array(arguments: tuple[Any, ...]) -> bool:
    return bool(arguments) and isinstance(arguments[0], Global) and arguments[0] in _ARRAYS


_NUMPY_CALLS = {
    **dict.fromkeys(_both("multiarray", "_reconstruct"), _array),
    Global("numpy.ma.core", "_mareconstruct"): _array,
    **dict.fromkeys(_both("multiarray", "scalar"), _any),
    **dict.fromkeys(_both("numeric", "_frombuffer"), _any),
    **dict.fromkeys(
        _named_table(
            {
                "numpy.random._pickle": "__randomstate_ctor __generator_ctor __bit_generator_ctor",
                "numpy.random.bit_generator": "__pyx_unpickle_SeedSequence",
            }
        ),
        _any,
    ),
    Global("_codecs", "encode"): _latin,
    Global("builtins", "bytes"): _empty,
    Global("builtins", "bytearray"): lambda arguments: len(arguments) < 2 and not any(map(_is_number, arguments)),
}
_VALUES = _named_table(
    {
        "builtins": "object int float str bool list dict tuple",
        "numpy": "mean median log log1p log2 log10 exp expm1 sqrt square abs absolute sin cos tanh sign floor ceil",
    }
)


def _is_number(value: Any) -> bool:
    return isinstance(value, int)


def _reconstructing(classes: frozenset[Global]) -> Check:
    """How protocols 0 and 1 make a plain object: of a class that may be made, from `object`, with nothing."""

    def check(arguments: tuple[Any, ...]) -> bool:
        if len(arguments) != 3 or not isinstance(arguments[0], Global):
            return False
        return arguments[0] in classes and arguments[1:] == (_OBJECT, None)

    return check


def _classical() -> Allowed:
    classes = frozenset((*_NUMPY_CLASSES, *_OTHER_CLASSES, *_named_table(sklearn_names.CLASSES), NUMPY_WRAPPER))
    calls = {**_NUMPY_CALLS, Global("copyreg", "_reconstructor"): _reconstructing(classes - {NUMPY_WRAPPER})}
    return Allowed(classes, calls, frozenset((*_VALUES, *_ARRAYS, *_named_table(sklearn_names.FUNCTIONS))))


def _torch() -> Allowed:
    kinds = "Float Double Half BFloat16 Long Int Short Char Byte Bool ComplexFloat ComplexDouble Untyped"
    storages = [Global("torch", f"{kind}Storage") for kind in kinds.split()]
    rebuilds = ("_rebuild_tensor_v2", "_rebuild_parameter", "_rebuild_tensor")
    types = "float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool complex64 complex128"
    return Allowed(
        frozenset({Global("collections", "OrderedDict"), Global("torch", "Size")}),
        dict.fromkeys((Global("torch._utils", name) for name in rebuilds), _any),
        frozenset(Global("torch", name) for name in types.split()),
        frozenset((*storages, Global("torch.storage", "UntypedStorage"))),
    )


CLASSICAL, TORCH = _classical(), _torch()
