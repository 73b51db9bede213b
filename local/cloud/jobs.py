"""Jobs that really run: the command of a job as a process of this machine, its inputs fetched, its outputs kept."""

import asyncio
import os
import shlex
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.cloud.inputs import Inputs
from local.cloud.refusals import invalid
from local.cloud.witness import Witness

CODE = Path(__file__).parent.parent.parent
LOG_BYTES = 20_000
IMMUTABLE = ("jobType", "command", "environmentId", "inputs", "computeId")


@dataclass
class Job:
    """One job: `properties` as they were put, `status` in the service's words, `log` the end of what it printed."""

    name: str
    properties: dict[str, Any]
    status: str = "Queued"
    log: str = ""
    outputs: dict[str, Any] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.status in ("Completed", "Failed", "Canceled")


class Jobs:
    """Runs each job once, in the order of coming; `variables` is what every job finds in its environment."""

    def __init__(self, inputs: Inputs, variables: Mapping[str, str], witness: Witness) -> None:
        self._inputs, self._variables, self._witness = inputs, variables, witness
        self._jobs: dict[str, Job] = {}

    def get(self, name: str) -> Job | None:
        """The job of that name, or None."""
        return self._jobs.get(name)

    def put(self, name: str, properties: dict[str, Any]) -> Job:
        """Start the job, or find the one that has the name; raises Refusal 400 where that one is another job."""
        known = self._jobs.get(name)
        if known is not None:
            changed = [key for key in IMMUTABLE if known.properties.get(key) != properties.get(key)]
            if changed:
                raise invalid(f"A job named {name} exists with another {', '.join(changed)}: use a different name.")
            return known
        if properties.get("jobType") != "Command":
            raise invalid(
                f"Job {name} is a {properties.get('jobType')}: this cloud runs only jobs of the type Command."
            )
        job = self._jobs[name] = Job(name, properties)
        job.task = asyncio.create_task(self._run(job))
        return job

    async def cancel(self, job: Job) -> None:
        """Stop the job, unless it has ended, and wait for that."""
        if job.task is not None and not job.ended:
            job.status = "CancelRequested"
            job.task.cancel()
            await asyncio.gather(job.task, return_exceptions=True)

    async def close(self) -> None:
        """Stop every job."""
        for job in self._jobs.values():
            await self.cancel(job)

    async def _run(self, job: Job) -> None:
        self._witness.saw("job-started", job=job.name)
        try:
            with tempfile.TemporaryDirectory(prefix="job-") as folder:
                job.status = await self._ran(job, Path(folder))
        except asyncio.CancelledError:
            job.status = "Canceled"
        except Exception as error:  # whatever goes wrong with a job is the job's failure
            job.status, job.log = "Failed", repr(error)
        if job.status == "Failed":
            print(f"job {job.name} failed: {job.log[-2000:]}", file=sys.stderr, flush=True)
        self._witness.saw("job-ended", job=job.name, status=job.status)

    async def _ran(self, job: Job, folder: Path) -> str:
        command = await asyncio.to_thread(self._command, job, folder)
        job.status = "Running"
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env={**os.environ, **self._variables, "AZUREML_RUN_ID": job.name, "PYTHONPATH": str(CODE)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        job.log = said[-LOG_BYTES:].decode(errors="replace")
        if process.returncode:
            return "Failed"
        job.status = "Finalizing"
        job.outputs = await asyncio.to_thread(self._kept, job, folder)
        return "Completed"

    def _command(self, job: Job, folder: Path) -> list[str]:
        """The words of the command with every input and output in place; `python` is the one that runs this."""
        values = {f"inputs.{name}": value for name, value in self._fetched(job, folder).items()}
        for name in job.properties.get("outputs") or {}:
            place = folder / "outputs" / name
            place.mkdir(parents=True)
            values[f"outputs.{name}"] = str(place)
        words = [_filled(word, values) for word in shlex.split(job.properties["command"])]
        return [sys.executable, *words[1:]] if words[:1] == ["python"] else words

    def _fetched(self, job: Job, folder: Path) -> dict[str, str]:
        given = job.properties.get("inputs") or {}
        return {name: self._inputs.fetch(each, folder / "inputs" / name) for name, each in given.items()}

    def _kept(self, job: Job, folder: Path) -> dict[str, Any]:
        declared = job.properties.get("outputs") or {}
        uris = {name: self._inputs.keep(folder / "outputs" / name, f"azureml/{job.name}/{name}") for name in declared}
        return {name: {**(declared[name] or {}), "uri": uri} for name, uri in uris.items()}


def _filled(word: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        word = word.replace("${{" + name + "}}", value)
    if "${{" in word:
        raise ValueError(f"the command's {word!r} names an input or output that the job does not have")
    return word
