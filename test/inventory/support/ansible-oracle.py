#!/usr/bin/python3
"""Answers questions about inventories with Debian's own Ansible: one JSON request a line, one JSON answer a line.

One process for all of them, because starting Ansible costs more than most answers. What it imports is Ansible's
command line itself; only its caches and singletons are set back between two questions.
"""
import json
import os
import sys

os.environ["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] = "true"

from ansible import context
from ansible.cli.inventory import InventoryCLI
from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.ajson import AnsibleJSONEncoder
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.utils.yaml import from_yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.plugins import loader as plugin_loader
from ansible.plugins.inventory.ini import InventoryModule
from ansible.plugins.vars import host_group_vars
from ansible.utils import context_objects
from ansible.utils.display import Display
from ansible.utils.shlex import shlex_split
from ansible.utils.vars import load_extra_vars

warnings = []
Display.warning = lambda self, message, formatted=False: warnings.append(str(message))
# Looking for vars plugins costs a search of all folders per host and group; none is ever added here.
plugin_loader.vars_loader.all = (lambda plugins: lambda: plugins)(list(plugin_loader.vars_loader.all()))


def dumped(value):
    return json.loads(json.dumps(value, cls=AnsibleJSONEncoder, preprocess_unsafe=True))


def attempt(make):
    try:
        return {"value": make()}
    except SystemExit as error:
        return {"error": "exit %s" % error}
    except BaseException as error:
        return {"error": "%s: %s" % (type(error).__name__, error)}


def command_line(words):
    context_objects.GlobalCLIArgs._Singleton__instance = None
    host_group_vars.FOUND.clear()
    cli = InventoryCLI(["ansible-inventory"] + words)
    cli.parse()
    cli.loader, cli.inventory, cli.vm = cli._play_prereqs()
    return cli


def words_of(request):
    words = []
    for source in request["sources"]:
        words += ["-i", source]
    if request.get("playbookDir"):
        words += ["--playbook-dir", request["playbookDir"]]
    for text in request.get("extraVars", []):
        words += ["-e", text]
    for vault in request.get("vaultIds", []):
        words += ["--vault-id", vault]
    return words


def inventory(request):
    words = words_of(request)
    cli = command_line(words + ["--list", "--export"])
    top = cli._get_group("all")
    answer = {"list": dumped(cli.json_inventory(top)), "graph": cli.inventory_graph()}
    if request.get("flat", True):
        cli = command_line(words + ["--list"])
        answer["flat"] = dumped(cli.json_inventory(cli._get_group("all")))
    if request.get("graphVars"):
        cli = command_line(words + ["--graph", "--vars"])
        answer["graphVars"] = cli.inventory_graph()
    answer["patterns"] = [attempt(lambda: matched(cli, each)) for each in request.get("patterns", [])]
    answer["hostVars"] = {name: dumped(cli._get_host_variables(cli.inventory.get_host(name))) for name in request.get("hosts", [])}
    return answer


def matched(cli, question):
    warnings.clear()
    cli.inventory.clear_caches()
    cli.inventory._subset = None
    data = cli.inventory._inventory
    if data.localhost is not None and data.localhost.implicit:
        data.localhost = None
    try:
        cli.inventory.subset(question.get("limit"))
        hosts = [str(host) for host in cli.inventory.list_hosts(question["pattern"])]
        return {"hosts": hosts, "warnings": list(warnings)}
    finally:
        cli.inventory._subset = None


def literal(text):
    value = InventoryModule._parse_value(text)
    return json.loads(json.dumps(value))


def extra(texts):
    words = ["-i", "localhost,", "--list"]
    for text in texts:
        words += ["-e", text]
    context_objects.GlobalCLIArgs._Singleton__instance = None
    InventoryCLI(["ansible-inventory"] + words).parse()
    return dumped(load_extra_vars(DataLoader()))


def decrypted(request):
    secrets = [(label, VaultSecret(password.encode())) for label, password in request["passwords"]]
    return VaultLib(secrets).decrypt(request["text"]).decode()


def encrypted(request):
    secret = VaultSecret(request["password"].encode())
    return VaultLib([("default", secret)]).encrypt(request["text"], secret, vault_id=request.get("id")).decode()


operations = {
    "inventory": inventory,
    "literals": lambda request: [attempt(lambda: literal(text)) for text in request["texts"]],
    "words": lambda request: [attempt(lambda: shlex_split(text, comments=True)) for text in request["texts"]],
    "yaml": lambda request: [attempt(lambda: dumped(from_yaml(text))) for text in request["texts"]],
    "extra": lambda request: [attempt(lambda: extra([text])) for text in request["texts"]],
    "decrypt": decrypted,
    "encrypt": encrypted,
}

answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
for line in sys.stdin:
    request = json.loads(line)
    warnings.clear()
    answer = attempt(lambda: operations[request["op"]](request))
    answer["warnings"] = list(dict.fromkeys(warnings))
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
