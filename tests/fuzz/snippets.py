"""What is put in the place of something else: values of the wrong type, at the edge, or never meant to be there."""

from tests.fuzz.spans import Kind

_DIGEST = b"sha256:" + b"ab" * 32
_BROKEN = (
    b"", b"\0", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\r", b"\x1b[2J",
    b"\xe2\x80\xae", b"\xcc\x81" * 20, b"\x85", b"\xe2\x80\xa8", "٣".encode(), "ﬀ".encode(), "İ".encode(),
)  # fmt: skip
_NUMBERS = (
    b"0", b"-0", b"-1", b"1", b"0.1", b"1e308", b"-1e308", b"1e309", b"1e-400", b"9007199254740992",
    b"9007199254740993", b"2147483648", b"9223372036854775807", b"9223372036854775808", b"18446744073709551616",
    b"9" * 400, b"0.1e-9" + b"9" * 30, b"253402300800", b"-62135596801", b"1.0", b"01", b"1.", b".5", b"+1", b"0x10",
    b"1_000", b"NaN", b"Infinity", b"-Infinity",
)  # fmt: skip
_TEXTS = (
    b"", b"x", b"x" * 300, b"x" * 3000, b"\\ud800", b"\\udc00\\ud800", b"\\u0000", b"\\ud83d\\ude00", b"\\x", b"\\",
    b"../../x", b"2026-02-30T00:00:00Z", b"0001-01-01T00:00:00+23:59", b"9999-12-31T23:59:59.999999-23:59",
    b"9999-12-31", b"0001-01-01", b"2026-03-01T08:00:00", b"2026-03-01T23:59:60Z", b"-1", b"1e999", b"NaN", b"true",
    b"null", b"CRITICAL", b"not_affected", _DIGEST, b"SHA256:" + b"AB" * 32, b"sha256:",
    b"acr.example/churn@" + _DIGEST, b"acr.example/churn:latest", b"%00", b"%zz", b"pkg:pypi/a@1", b"pkg:",
    b"pkg:pypi/%ff@%00?a=%ff#%", b"https://[::1", b"git+https://x/y@z#egg=", b"a==1.*", b"a===", b"\xff", b"\0",
    b"{}", b"${jndi:ldap://x}", b"os.system",
)  # fmt: skip
_WORDS = (b"true", b"false", b"null", b"True", b"None", b"nil", b"undefined")
_OBJECTS = (
    b"[]", b"{}", b"[[]]", b"[null]", b"[{}]", b'[""]', b"[0]", b'{"":null}', b'{"a":1,"a":2}',
    b'{"a":{"a":{"a":{}}}}', b"[", b"]", b"{", b"}", b'"', b",", b":", b"//", b"/*", b'{"a":1,}', b"[1,]", b"'a'",
)  # fmt: skip
_JSON = (*_NUMBERS, *_WORDS, *_OBJECTS, *(b'"%s"' % text for text in _TEXTS), *_BROKEN)
_YAML = (
    b"&a ", b"*a", b"<<: {}", b"!!python/object/apply:os.system [id]", b"! ", b"!!binary |", b"? ", b"- ", b"|\n",
    b">-\n", b"---\n", b"...\n", b"%YAML 9.9\n", b"%TAG ! !\n", b"\t", b"@", b"`", b"#", b": ", b".inf", b".nan",
    b"~", b"yes", b"12:30:45", b"'", b'"\\UFFFFFFFF"', b"a: 1\na: 1\n", b"  ",
)  # fmt: skip
_XML = (
    b"<a>", b"</a>", b"<a/>", b"<", b">", b"&amp;", b"&x;", b"&#0;", b"&#xD800;", b"&#1114112;",
    b"<!DOCTYPE a [<!ENTITY x 'y'>]>", b"<?x?>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b' a="1" a="1"', b"xmlns=''",
    b"x:y", b"<?xml version='1.1'?>", b'"', b"http://cyclonedx.org/schema/bom/1.5",
    b"http://cyclonedx.org/schema/bom/9.9",
)  # fmt: skip
_LINES = (
    b"-r x\n", b"-e .\n", b"--index-url https://x\n", b"-c y\n", b"\\\n", b"# x\n", b"\n",
    b"a==1 ; python_version<'3'\n", b"a @ file:///x\n", b"a[b,c]>=1,<2\n", b"--hash=sha256:zz", b"==", b"[", b"{{x}}",
    b"$(id)", b";" * 50, b"(" * 200, b"A" * 2000, b"1!2.0.post1.dev0+local", b" or " * 40,
    b"https://x/a-1.0-py3-none-any.whl\n", b"./x.whl\n",
)  # fmt: skip
_STEPS = (
    b".", b"(", b")", b"t", b"R", b"b", b"0", b"2", b"1", b"N", b"}", b"]", b"u", b"s", b"a", b"e", b"\x81", b"\x92",
    b"\x93", b"\x94", b"cos\nsystem\n", b"\x8c\x02os\x8c\x06system\x93", b"\x8c\xff", b"X\xff\xff\xff\x7f",
    b"\x8d" + b"\xff" * 8, b"\x95" + b"\xff" * 8, b"\x95" + b"\0" * 8, b"h\0", b"j\xff\xff\xff\xff", b"q\0",
    b"r\xff\xff\xff\x7f", b"\x80\x05", b"\x80\xff", b"Q", b"P\n", b"\x8b\xff\xff\xff\x7f", b"\x8a\xff",
    b"I" + b"9" * 5000 + b"\n", b"L" + b"9" * 5000 + b"L\n", b"F1e999\n", b"G" + b"\xff" * 8, b"V\\ud800\n",
    b"V\\U00110000\n", b"S'\\x'\n", b"i__main__\nx\n", b"\x82\x01", b"\x97", b"\x98", b"K\x01", b"M\xff\xff",
    b"(" * 500,
)  # fmt: skip
_BYTES = (
    b"\0", b"\1", b"\x7f", b"\x80", b"\xff", b"\0\0", b"\xff\xff", b"\xff" * 4, b"\0\0\0\x80", b"\xff\xff\xff\x7f",
    b"\xff" * 8, b"\0" * 7 + b"\x80", b"\x80" * 9 + b"\1", b"\xff" * 9 + b"\1", b"\x08\x01", b"PK\x01\x02",
    b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"\x93NUMPY", b"|O", b"'O'", b"{", b"(", b"x" * 70,
    b"\0" * 70,
)  # fmt: skip

SNIPPETS: dict[Kind, tuple[bytes, ...]] = {
    "json": _JSON,
    "yaml": (*_YAML, *_NUMBERS, *_WORDS, *_OBJECTS, *_TEXTS, *_BROKEN),
    "xml": (*_XML, *_NUMBERS, *_TEXTS, *_BROKEN),
    "text": (*_LINES, *_TEXTS, *_BROKEN),
    "pickle": (*_STEPS, *_BYTES, *_BROKEN),
    "binary": (*_BYTES, *_STEPS, *_OBJECTS, *_BROKEN),
}
BETWEEN: dict[Kind, bytes] = {"json": b",", "yaml": b"", "xml": b"", "text": b"", "pickle": b"", "binary": b""}
AROUND: dict[Kind, tuple[tuple[bytes, bytes], ...]] = {
    "json": ((b"[", b"]"), (b'{"a":', b"}")),
    "yaml": ((b"[", b"]"), (b"{a: ", b"}"), (b"- ", b"")),
    "xml": ((b"<a>", b"</a>"), (b"<a>", b"")),
    "text": ((b"(", b")"), (b"[", b"]"), (b"'", b"'")),
    "pickle": ((b"(", b"t"), (b"]", b"a"), (b"", b"\x85")),
    "binary": ((b"\x0a\x02", b""), (b"{", b"}")),
}
