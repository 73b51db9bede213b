"""`python -m local`: run the embedded platform, send to it, look into files, check ledgers, tell the whole story."""

import argparse
import sys
from collections.abc import Sequence


def parser() -> argparse.ArgumentParser:
    """The command line, one subcommand per thing a person does with the embedded platform."""
    top = argparse.ArgumentParser(prog="python -m local", description="Gatehouse's embedded platform.")
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="run the platform and the app until Ctrl-C")
    send = commands.add_parser("send", help="send files to a queue or an event hub")
    send.add_argument("destination", metavar="QUEUE_OR_HUB")
    send.add_argument("files", metavar="FILE", nargs="+", help="a file to send as one message; - is stdin")
    named = "the image that a document about one is of, repository@sha256:… or sha256:…"
    send.add_argument("--image", default="", help=f"{named}, as the message's property 'image'")
    upload = commands.add_parser("upload", help="upload files of data, and say so as storage would")
    upload.add_argument("place", metavar="CONTAINER/FOLDER", help="where data arrives, such as landing/wine")
    upload.add_argument("files", metavar="FILE", nargs="+")
    inspect = commands.add_parser("inspect", help="say what Gatehouse makes of payload files")
    inspect.add_argument("files", metavar="FILE", nargs="+")
    inspect.add_argument("--image", default="", help=named)
    profile = commands.add_parser("profile", help="make the reference profile that travels with a model")
    profile.add_argument("file", metavar="FILE", help="a CSV or JSONL file of rows as the model is asked")
    profile.add_argument("--output", default="reference_profile.json")
    profile.add_argument("--splits", type=int, default=1000, help="more of them for tests more often than daily")
    profile.add_argument("--prediction", default="", help="the column of what the model says of the row")
    profile.add_argument("--probability", default="", help="the column of how surely it says so, 0-1")
    profile.add_argument("--label", default="", help="the column of what is true")
    demo = commands.add_parser("demo", help="tell the life of a release from beginning to end")
    demo.add_argument("--json", action="store_true", dest="as_json", help="print JSON instead of prose")
    verify = commands.add_parser("verify", help="check every ledger, and say which was changed, where and how")
    verify.add_argument("--json", action="store_true", dest="as_json", help="print JSON instead of a table")
    chaos = commands.add_parser("chaos", help="kill the app while many releases run, and count what is lost")
    chaos.add_argument("--releases", type=int, default=200)
    chaos.add_argument("--kills", type=int, default=12)
    chaos.add_argument("--seed", type=int, default=1)
    chaos.add_argument("--json", action="store_true", dest="as_json", help="print the figures as JSON")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; returns the exit code."""
    options = parser().parse_args(arguments)
    return _COMMANDS[options.command](options)


def _up(_options: argparse.Namespace) -> int:
    from local.up import run

    return run()


def _send(options: argparse.Namespace) -> int:
    from local.send import run

    return run(options.destination, options.files, options.image)


def _upload(options: argparse.Namespace) -> int:
    from local.upload import run

    return run(options.place, options.files)


def _inspect(options: argparse.Namespace) -> int:
    from local.inspection import run

    return run(options.files, options.image)


def _profile(options: argparse.Namespace) -> int:
    from local.profile import Columns, run

    columns = Columns(prediction=options.prediction, probability=options.probability, label=options.label)
    return run(options.file, options.output, columns, options.splits)


def _demo(options: argparse.Namespace) -> int:
    from local.demo.story import run

    return run(options.as_json)


def _verify(options: argparse.Namespace) -> int:
    from local.verify import run

    return run(as_json=options.as_json)


def _chaos(options: argparse.Namespace) -> int:
    from local.chaos.run import run

    return run(options.releases, options.kills, options.seed, as_json=options.as_json)


_COMMANDS = {
    "up": _up,
    "send": _send,
    "upload": _upload,
    "inspect": _inspect,
    "profile": _profile,
    "demo": _demo,
    "verify": _verify,
    "chaos": _chaos,
}


if __name__ == "__main__":
    sys.exit(main())
