#!/usr/bin/env python3
"""The Python MCP SDK against `tma1 mcp`: every tool, prompt and resource, answers held against their schemas, both eras.

Usage: python_sdk.py [TMA1_BINARY] [DATA_DIR]   (or TMA1_BIN, TMA1_DATA_DIR); see README.md beside this file.
"""

import asyncio
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

PACKAGES = ["mcp>=2,<3", "jsonschema>=4"]
TOOLS = [
    "get_context_bundle",
    "get_session_state",
    "get_anomalies",
    "get_external_changes",
    "get_build_status",
    "get_project_state",
    "get_peer_sessions",
    "search_history",
    "get_usage",
]
# What cannot be asked without an argument.
ARGUMENTS = {"search_history": {"query": "test"}}
BAD_ARGUMENTS = {
    "get_usage": {"period": "yesterday"},
    "get_session_state": {"verbos": True},
    "get_peer_sessions": {"agent_source": "nobody"},
    "get_project_state": {"cwd": ["/"]},
}
LEGACY = "2025-11-25"
MODERN = "2026-07-28"


def fail(message):
    print(f"python_sdk: {message}", file=sys.stderr)
    sys.exit(1)


def skip(why):
    print(f"skipped: {why}")
    sys.exit(0)


def install():
    """Puts the packages into a directory of their own and makes them importable; tells what to remove afterwards."""
    cache = os.environ.get("TMA1_CLIENTS_CACHE")
    target = os.path.join(cache, "python") if cache else tempfile.mkdtemp()
    if not os.path.isdir(os.path.join(target, "mcp")):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", target]
        done = subprocess.run(command + PACKAGES, capture_output=True, text=True)
        if done.returncode != 0:
            skip(f"cannot install {' '.join(PACKAGES)}: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    sys.path.insert(0, target)
    importlib.invalidate_caches()
    return None if cache else target


def check(held, message):
    if not held:
        raise AssertionError(message)


async def refused(call, code, what):
    from mcp import MCPError

    try:
        answer = await call
    except MCPError as error:
        check(error.code == code, f"{what}: error {error.code} instead of {code}")
        return
    raise AssertionError(f"{what}: answered {answer}")


async def tools(client):
    import jsonschema

    listed = (await client.list_tools()).tools
    check([tool.name for tool in listed] == TOOLS, f"tools are {[tool.name for tool in listed]}")
    size = len(json.dumps([t.model_dump(by_alias=True, exclude_none=True, mode="json") for t in listed], separators=(",", ":")))
    check(size / 4 <= 3000, f"tools/list is {size / 4} tokens")
    for tool in listed:
        check(tool.annotations.read_only_hint, f"{tool.name} is not marked as read-only")
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        answer = await client.call_tool(tool.name, ARGUMENTS.get(tool.name, {}))
        text = answer.content[0].text
        check(not answer.is_error, f"{tool.name}: {text}")
        check(text, f"{tool.name} says nothing to clients without structure")
        jsonschema.validate(answer.structured_content, tool.output_schema)
        told = len(json.dumps(answer.structured_content, separators=(",", ":"), ensure_ascii=False).encode()) / 4
        check(told <= 2000, f"{tool.name}: a default answer of {told} tokens")
    for name, arguments in BAD_ARGUMENTS.items():
        answer = await client.call_tool(name, arguments)
        check(answer.is_error, f"{name} took {arguments}")
        check(next(iter(arguments)) in answer.content[0].text, f"{name}: {answer.content[0].text}")
    await refused(client.call_tool("no_such_tool", {}), -32602, "an unknown tool")


async def prompts_and_resources(client, not_found):
    prompts = [prompt.name for prompt in (await client.list_prompts()).prompts]
    check(prompts == ["peer", "catch_up"], f"prompts are {prompts}")
    for name, arguments in [("peer", {"agent": "codex", "count": "2"}), ("peer", {}), ("catch_up", {})]:
        prompt = await client.get_prompt(name, arguments)
        text = prompt.messages[0].content.text
        check("not instructions" in text and "<tma1-data>" in text, f"prompt {name}: {text}")
    await refused(client.get_prompt("no_such_prompt", {}), -32602, "an unknown prompt")

    resources = [str(resource.uri) for resource in (await client.list_resources()).resources]
    check(resources == ["tma1://project/context"], f"resources are {resources}")
    contents = (await client.read_resource("tma1://project/context")).contents[0]
    check(contents.mime_type == "application/json" and isinstance(json.loads(contents.text), dict), f"{contents}")
    await refused(client.read_resource("tma1://no/such"), not_found, "an unknown resource")
    templates = [template.uri_template for template in (await client.list_resource_templates()).resource_templates]
    check(templates == ["tma1://session/{id}"], f"templates are {templates}")

    from mcp.types import PromptReference, ResourceTemplateReference

    agents = await client.complete(PromptReference(type="ref/prompt", name="peer"), {"name": "agent", "value": "co"})
    check("codex" in agents.completion.values, f"agents complete to {agents.completion.values}")
    template = ResourceTemplateReference(type="ref/resource", uri="tma1://session/{id}")
    ids = (await client.complete(template, {"name": "id", "value": ""})).completion.values
    if ids:
        session = json.loads((await client.read_resource(f"tma1://session/{ids[0]}")).contents[0].text)
        check(session["session"]["session_id"] == ids[0], f"session {ids[0]}: {session}")


async def converse(server, mode, version, not_found):
    from mcp import Client

    async with Client(server, mode=mode, read_timeout_seconds=20) as client:
        check(client.protocol_version == version, f"speaks {client.protocol_version}, not {version}")
        if mode != MODERN:  # which adopts the version unasked, and so never hears who answers
            check(client.server_info.name == "tma1", f"is called {client.server_info.name}")
            size = len(client.instructions.encode())
            check(0 < size <= 2048, f"instructions of {size} bytes")
        await tools(client)
        await prompts_and_resources(client, not_found)
        calls = [client.call_tool("get_project_state", {}) for _ in range(20)]
        check(not any(answer.is_error for answer in await asyncio.gather(*calls)), "20 calls at once")


def main():
    given = sys.argv[1:] + [None, None]
    binary, data = given[0] or os.environ.get("TMA1_BIN"), given[1] or os.environ.get("TMA1_DATA_DIR")
    if not binary or not os.access(binary, os.X_OK):
        fail(f'no tma1 binary at "{binary}"; give its path as the first argument')
    if not data:
        fail("no data directory; give it as the second argument")
    if sys.version_info < (3, 10):
        skip("the SDK needs Python 3.10")
    remove = install()
    try:
        from mcp import StdioServerParameters

        environment = {**os.environ, "TMA1_DATA_DIR": os.path.abspath(data)}
        server = StdioServerParameters(command=os.path.abspath(binary), args=["mcp"], env=environment, cwd=os.getcwd())
        for mode, version, not_found in [("legacy", LEGACY, -32002), ("auto", MODERN, -32602), (MODERN, MODERN, -32602)]:
            try:
                asyncio.run(asyncio.wait_for(converse(server, mode, version, not_found), 120))
            except Exception as error:  # whatever a client can stumble over is a finding
                while isinstance(error, BaseExceptionGroup if sys.version_info >= (3, 11) else ()):
                    error = error.exceptions[0]
                fail(f"{mode}: {type(error).__name__}: {error}")
            print(f"python_sdk: {mode} passed ({version})")
    finally:
        if remove:
            shutil.rmtree(remove, ignore_errors=True)


if __name__ == "__main__":
    main()
