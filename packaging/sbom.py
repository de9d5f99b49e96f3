#!/usr/bin/python3
"""Writes what Picket is made of: a CycloneDX 1.6 document and a list of licenses.

usage: packaging/sbom.py OUT.cdx.json OUT-licenses.txt

Nothing is asked of the network. Versions come from the lock files (packages.lock.json, models/package-lock.json) and from dpkg,
licenses from what was installed: the .nuspec in NuGet's folder, package.json, /usr/share/doc/PACKAGE/copyright. A component whose
license can't be told ends the program with code 1: a person has to look, and say it in KNOWN below.
"""
import base64
import datetime
import glob
import json
import os
import re
import subprocess
import sys
import uuid
import xml.etree.ElementTree as XmlTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NUGET = os.environ.get("NUGET_PACKAGES") or os.path.expanduser("~/.nuget/packages")

# Licenses that no file says in a form that a program can read, each with where a person read it.
KNOWN = {
    "pkg:nuget/xunit.abstractions": ("Apache-2.0", "its licenseUrl, xunit's license.txt"),
    "pkg:deb/debian/python3": ("PSF-2.0", "/usr/share/doc/python3/copyright, PSF license agreement for Python 3"),
    "pkg:deb/debian/strace": ("LGPL-2.1-or-later", "/usr/share/doc/strace/copyright; its tests, which are not shipped, GPL-2.0-or-later"),
    "pkg:deb/debian/python3-pil": ("HPND", "/usr/share/doc/python3-pil/copyright, the Python Imaging Library's terms"),
    "pkg:deb/debian/python3-numpy": ("BSD-3-Clause", "/usr/share/doc/python3-numpy/copyright, three clauses"),
}

# What Debian calls a license (copyright-format 1.0) by its SPDX name; others are given by Debian's name.
SPDX_OF_DEBIAN = {
    "Expat": "MIT", "MIT": "MIT", "Apache-2.0": "Apache-2.0", "BSD-2-clause": "BSD-2-Clause", "BSD-3-clause": "BSD-3-Clause", "ISC": "ISC",
    "Zlib": "Zlib", "zlib": "Zlib", "EPL-2.0": "EPL-2.0", "NTP": "NTP", "IJG": "IJG",
    "GPL-1+": "GPL-1.0-or-later", "GPL-2": "GPL-2.0-only", "GPL-2+": "GPL-2.0-or-later", "GPL-3+": "GPL-3.0-or-later",
    "LGPL-2.1": "LGPL-2.1-only", "LGPL-2+": "LGPL-2.0-or-later", "LGPL-2.0+": "LGPL-2.0-or-later", "LGPL-2.1+": "LGPL-2.1-or-later",
    "LGPL-3+": "LGPL-3.0-or-later", "MPL-1.1": "MPL-1.1", "MPL-2.0": "MPL-2.0", "CC-BY-SA-4.0": "CC-BY-SA-4.0", "Artistic": "Artistic-1.0-Perl",
}

# The first words of license texts.
TEXTS = [
    (r"^\s*(The )?MIT License", "MIT"),
    (r"^\s*Apache License\s+Version 2\.0", "Apache-2.0"),
    (r"^\s*SQLite is Public Domain", "blessing"),
]


def read(path):
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        return file.read()


def license_of_text(path):
    if not os.path.isfile(path):
        return None
    text = read(path)
    return next((name for pattern, name in TEXTS if re.search(pattern, text)), None)


def component(kind, name, version, purl, licenses, required, hashes=(), description=None):
    """licenses: SPDX names, SPDX expressions, or other names as ("name", text)."""
    entry = {"type": kind, "bom-ref": purl, "name": name, "version": version, "scope": "required" if required else "excluded", "purl": purl}
    if description:
        entry["description"] = description
    if hashes:
        entry["hashes"] = [{"alg": alg, "content": content} for alg, content in hashes]
    known = KNOWN.get(purl.split("@")[0])
    if not licenses and known:
        licenses = [known[0]]
        entry["properties"] = [{"name": "picket:license-read-in", "value": known[1]}]
    if len(licenses) == 1 and isinstance(licenses[0], str) and " " in licenses[0]:
        entry["licenses"] = [{"expression": licenses[0]}]
    else:
        entry["licenses"] = [{"license": {"name": one[1]} if isinstance(one, tuple) else {"id": one}} for one in licenses]
    return entry


def nuget():
    """All packages of the lock files: those of the programs are required, those of tests and benches excluded."""
    found, wants = {}, {}
    programs = sorted(glob.glob(os.path.join(ROOT, "agent", "*", "packages.lock.json")))
    others = [os.path.join(ROOT, folder, "packages.lock.json") for folder in ("tests", "bench")]
    for path in programs + others:
        for packages in json.loads(read(path))["dependencies"].values():
            for name, one in packages.items():
                if one["type"] == "Project":
                    continue
                version = one["resolved"]
                purl = f"pkg:nuget/{name}@{version}"
                wants.setdefault(purl, set()).update(one.get("dependencies", {}))
                if purl in found:
                    continue
                digest = ("SHA-512", base64.b64decode(one["contentHash"]).hex())
                found[purl] = component("library", name, version, purl, nuget_license(name, version), path in programs, [digest])
    return list(found.values()), wants


def nuget_license(name, version):
    folder = os.path.join(NUGET, name.lower(), version.lower())
    spec = os.path.join(folder, f"{name.lower()}.nuspec")
    if not os.path.isfile(spec):
        sys.exit(f"sbom: {spec} is not there; restore the packages first: make build")
    for element in XmlTree.parse(spec).getroot().iter():
        if element.tag.rsplit("}", 1)[-1] != "license":
            continue
        if element.get("type") == "expression":
            return [element.text.strip()]
        text = license_of_text(os.path.join(folder, element.text.strip().replace("\\", "/")))
        return [text] if text else []
    return []


def npm():
    lock = json.loads(read(os.path.join(ROOT, "models", "package-lock.json")))
    found = {}
    for path, one in lock["packages"].items():
        if not path:
            continue
        # Packages that ours ask for and that are not used are replaced by an empty one: its name stands in the entry.
        name = one.get("name", path.removeprefix("node_modules/"))
        purl = f"pkg:npm/{name.replace('@', '%40')}@{one['version']}"
        alg, _, digest = one["integrity"].partition("-")
        installed = os.path.join(ROOT, "models", path)
        package = os.path.join(installed, "package.json")
        if not os.path.isfile(package):
            sys.exit(f"sbom: {package} is not there; bring the packages first: make setup")
        licenses = one.get("license") or json.loads(read(package)).get("license") or license_of_text(os.path.join(installed, "LICENSE"))
        found[purl] = component(
            "library", name, one["version"], purl, [licenses] if licenses else [], not one.get("dev", False),
            [(alg.upper().replace("SHA", "SHA-"), base64.b64decode(digest).hex())])
    return list(found.values())


def models():
    """The weights, by their cards; those beside the plate models' recipe are our own."""
    found = []
    for path in sorted(glob.glob(os.path.join(ROOT, "models", "cards", "*.json"))):
        card = json.loads(read(path))
        purl = f"pkg:generic/picket-model-{card['id']}@{card['version']}"
        found.append(component(
            "machine-learning-model", card["id"], card["version"], purl, [card["license"]] if card.get("license") else [], True,
            [("SHA-256", card["sha256"])], card["description"]))
    return found


def debian():
    script = read(os.path.join(ROOT, "packaging", "setup.sh"))
    entries = re.search(r"^need=\((.*?)^\)", script, re.S | re.M).group(1)
    found = []
    for name, why in re.findall(r'"([a-z0-9.+-]+):([^"]*)"', entries):
        status = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}|${Version}|${Architecture}", name], capture_output=True, text=True)
        state, _, rest = status.stdout.partition("|")
        if not state.startswith("ii"):
            sys.exit(f"sbom: the Debian package {name} is not installed: make setup")
        version, arch = rest.split("|")
        purl = f"pkg:deb/debian/{name}@{version.replace(':', '%3A')}?arch={arch}&distro=debian-12"
        library = name.startswith("lib")
        required = library and not re.search("test|bench|faults", why)
        entry = component("library" if library else "application", name, version, purl, debian_licenses(name), required)
        entry["description"] = why
        found.append(entry)
    return found


def debian_licenses(name):
    """The short names of a copyright file in Debian's machine-readable form, each once."""
    text = read(f"/usr/share/doc/{name}/copyright")
    if not text.startswith("Format:"):
        return []
    names = set()
    for line in re.findall(r"^License: *(\S.*)$", text, re.M):
        names.update(part.strip(" ,") for part in re.split(r"\s+(?:and|or)\s+|,", line))
    names.discard("")
    return [SPDX_OF_DEBIAN.get(one, ("name", one)) for one in sorted({SPDX_OF_DEBIAN.get(n, n): n for n in sorted(names)}.values())]


def runtimes():
    """The programs run on the .NET that is installed beside them."""
    found = []
    newest = {}
    for line in subprocess.run(["dotnet", "--list-runtimes"], capture_output=True, text=True, check=True).stdout.splitlines():
        name, version, folder = re.match(r"(\S+) (\S+) \[(.*)\]", line).groups()
        if name in ("Microsoft.NETCore.App", "Microsoft.AspNetCore.App") and version.startswith("10."):
            newest[name] = max(newest.get(name, ((), "", "")), (tuple(int(n) for n in version.split("-")[0].split(".")), version, folder))
    for name, (_, version, folder) in sorted(newest.items()):
        text = license_of_text(os.path.join(os.path.dirname(os.path.dirname(folder)), "LICENSE.txt"))
        found.append(component("framework", name, version, f"pkg:generic/{name}@{version}", [text] if text else [], True))
    return found


def document():
    version = re.search(r"<Version>(.*?)</Version>", read(os.path.join(ROOT, "Directory.Build.props"))).group(1)
    packages, wants = nuget()
    components = sorted(packages + npm() + models() + debian() + runtimes(), key=lambda one: one["bom-ref"])
    by_name = {one["name"].lower(): one["bom-ref"] for one in packages}
    edges = [
        {"ref": ref, "dependsOn": sorted(by_name[name.lower()] for name in names if name.lower() in by_name)}
        for ref, names in sorted(wants.items())]
    ours = f"pkg:generic/picket@{version}"
    edges.append({"ref": ours, "dependsOn": [one["bom-ref"] for one in components if one["scope"] == "required"]})
    # The last commit's time, so that the same commit gives the same document.
    moment = subprocess.run(["git", "-C", ROOT, "log", "-1", "--format=%ct"], capture_output=True, text=True).stdout.strip()
    when = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH") or moment or 0), datetime.timezone.utc)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(components, sort_keys=True))}",
        "version": 1,
        "metadata": {
            "timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lifecycles": [{"phase": "build"}],
            "tools": {"components": [{"type": "application", "name": "packaging/sbom.py", "version": version}]},
            "component": {
                "type": "application", "bom-ref": ours, "name": "picket", "version": version, "purl": ours,
                "licenses": [{"license": {"id": "Apache-2.0"}}]},
        },
        "components": components,
        "dependencies": edges,
    }


def names_of(entry):
    return [one.get("expression") or one["license"].get("id") or one["license"]["name"] for one in entry["licenses"]]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    whole = document()
    unknown = [one["bom-ref"] for one in whole["components"] if not one["licenses"]]
    if unknown:
        sys.exit("sbom: no license is known of:\n  " + "\n  ".join(unknown) + "\nlook, and say it in KNOWN of packaging/sbom.py")
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(whole, file, indent=1, ensure_ascii=False)
        file.write("\n")
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        for scope, title in (("required", "In or beside the programs"), ("excluded", "To build, to test and to measure only")):
            file.write(f"{title}\n")
            for one in whole["components"]:
                if one["scope"] == scope:
                    file.write(f"  {one['name']} {one['version']}: {', '.join(names_of(one))}\n")
    counts = {scope: sum(one["scope"] == scope for one in whole["components"]) for scope in ("required", "excluded")}
    print(f"{sys.argv[1]}: {counts['required']} components of the programs, {counts['excluded']} of build and tests; licenses in {sys.argv[2]}")


if __name__ == "__main__":
    main()
