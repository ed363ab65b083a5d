#!/usr/bin/python
"""Ansible module: makes the table of Linux Virtual Server what a file describes, by "lvsctl apply --json"."""

import json

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: lvsctl_table
short_description: Makes the IPVS table what a file of lvsctl describes
description:
  - Runs C(lvsctl apply) with the smallest list of changes, and reports C(changed) if it changed something.
  - Supports check mode and diff mode.
options:
  src:
    description: The file on the director. Without it and O(content) it is C(/etc/lvsctl/lvsctl.yaml).
    type: path
  content:
    description: The text of the file, in place of O(src).
    type: str
  prune:
    description: Also delete services that the file does not name.
    type: bool
    default: false
  keep_weights:
    description: Existing servers keep their weights.
    type: bool
    default: false
  only:
    description: Make only these kinds of changes, such as C(add) or C(edit-server).
    type: list
    elements: str
    default: []
  drain:
    description: Time for connections of deleted servers to end, such as C(30s).
    type: str
  executable:
    description: The program.
    type: path
    default: lvsctl
"""

EXAMPLES = r"""
- name: The table is that of the file
  lvsctl_table:
    src: /etc/lvsctl/lvsctl.yaml
    drain: 30s
"""

RETURN = r"""
changes:
  description: The changes that were made, or would be made in check mode, in order.
  returned: success
  type: list
  elements: dict
state:
  description: The state of the table before, for C(lvsctl apply --if-unchanged).
  returned: success
  type: str
"""


def command_line(params, is_check):
    """The words of the command."""
    words = ["plan" if is_check else "apply"]
    if params["content"] is not None:
        words.append("-")
    elif params["src"] is not None:
        words.append(params["src"])
    words.append("--json")
    if not is_check:
        words.append("--yes")
    if params["prune"]:
        words.append("--prune")
    if params["keep_weights"]:
        words.append("--keep-weights")
    if params["only"]:
        words += ["--only", ",".join(params["only"])]
    if params["drain"] is not None:
        words += ["--drain", params["drain"]]
    return [params["executable"]] + words


def read_json(text):
    """The document in a text; None if there is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def main():
    """Runs the module."""
    module = AnsibleModule(
        argument_spec={
            "src": {"type": "path"},
            "content": {"type": "str"},
            "prune": {"type": "bool", "default": False},
            "keep_weights": {"type": "bool", "default": False},
            "only": {"type": "list", "elements": "str", "default": []},
            "drain": {"type": "str"},
            "executable": {"type": "path", "default": "lvsctl"},
        },
        mutually_exclusive=[["src", "content"]],
        supports_check_mode=True,
    )
    # A path with "~" or "/" was expanded by Ansible; a name alone is looked for.
    module.params["executable"] = module.get_bin_path(module.params["executable"], required=True)
    words = command_line(module.params, module.check_mode)
    status, out, err = module.run_command(words, data=module.params["content"])
    document = read_json(out)
    if status != 0 or document is None:
        error = (read_json(err) or {}).get("error", {})
        message = error.get("message", err.strip() or "lvsctl printed no JSON")
        module.fail_json(msg=message, rc=status, changed=bool((document or {}).get("changed")), cmd=words)
    changes = document["changes"]
    result = {"changed": len(changes) > 0, "changes": changes, "state": document.get("state"), "cmd": words}
    if module._diff:
        result["diff"] = {"prepared": "".join(change["description"] + "\n" for change in changes)}
    module.exit_json(**result)


if __name__ == "__main__":
    main()
