"""A Service Bus and Event Hubs emulator for a laptop: in memory, pure Python, one TCP port for both."""

SAS_KEY_NAME = "RootManageSharedAccessKey"
SAS_KEY = "SAS_KEY_VALUE"  # what the official emulators use: no secret, and never valid anywhere else


def connection_string(port: int) -> str:
    """The connection string with which both SDKs reach a broker that listens on `port` (1–65535) of this machine.

    The flag must be lower-case `true`: the SDKs then speak plain TCP and keep the port.
    """
    return (
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName={SAS_KEY_NAME};"
        f"SharedAccessKey={SAS_KEY};UseDevelopmentEmulator=true;"
    )
