"""Plain classes with the names and members the worker's core expects of the platform's message types."""

from types import SimpleNamespace


class StatusResult(SimpleNamespace):
    """Whether the core did what it was asked; `exception` is set on Failure."""

    Failure = 0
    Success = 1


class BindingInfo(SimpleNamespace):
    """One binding: type, data type and direction."""

    out = 1
    inout = 2


class RpcException(SimpleNamespace):
    """An exception as text: `message` and `stack_trace`."""


class RpcRetryOptions(SimpleNamespace):
    """A retry policy: `max_retry_count`, `retry_strategy` and its intervals as timedeltas."""


class RpcFunctionMetadata(SimpleNamespace):
    """One indexed function: `name`, `function_id`, `raw_bindings` (JSON texts) and `retry_options`."""


class WorkerMetadata(SimpleNamespace):
    """Versions of the worker."""


class WorkerInitResponse(SimpleNamespace):
    """The answer to `worker_init_request`."""


class FunctionMetadataResponse(SimpleNamespace):
    """The answer to `functions_metadata_request`."""
