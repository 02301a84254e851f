"""The manifests are what Kubernetes takes, and say what the services understand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from pydantic_settings import BaseSettings

from services.fetcher.settings import FetcherSettings
from services.gateway.settings import GatewaySettings
from services.loader.settings import LoaderSettings

FOLDER = Path(__file__).parents[2] / "deploy/kubernetes"
OLDEST, NEWEST = "1.30", "1.37"
SETTINGS: dict[str, type[BaseSettings]] = {
    "fetcher": FetcherSettings,
    "loader": LoaderSettings,
    "rebuild": LoaderSettings,
    "gateway": GatewaySettings,
}


def manifests(name: str = "*") -> Iterator[Any]:
    for path in sorted(FOLDER.glob(f"{name}.yaml")):
        yield from (
            one for one in yaml.safe_load_all(path.read_text()) if "kustomize" not in str(one)
        )


def pods() -> Iterator[Any]:
    for one in manifests():
        if "template" in one.get("spec", {}):
            yield one["spec"]["template"]["spec"]


def containers() -> Iterator[Any]:
    for pod in pods():
        yield from pod["containers"]


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_manifest_fits_the_schema_and_has_no_unknown_field(version: str) -> None:
    for one in manifests():
        assert kubernetes_validate.validate(one, version, strict=True) == version


def test_the_kustomization_names_every_file_but_the_rebuild() -> None:
    named = set(yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"])

    assert named == {path.name for path in FOLDER.glob("*.yaml")} - {
        "kustomization.yaml",
        "rebuild.yaml",
    }


def test_every_image_is_given_its_registry() -> None:
    known = {
        image["name"]
        for image in yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["images"]
    }
    used = {one["image"] for one in containers() if one["name"] != "rebuild"}

    assert used == known


def test_every_setting_is_one_that_the_services_read() -> None:
    (settings,) = manifests("settings")
    fields = {name.upper() for kind in SETTINGS.values() for name in kind.model_fields}

    assert set(settings["data"]) <= fields


@pytest.mark.parametrize("pod", [*pods()], ids=lambda pod: pod["containers"][0]["name"])
def test_no_pod_is_given_what_it_does_not_need(pod: Any) -> None:
    # A Service named like a setting would set it: GATEWAY_PORT=tcp://10.0.0.7:80.
    assert pod["enableServiceLinks"] is False
    assert pod["automountServiceAccountToken"] is False


@pytest.mark.parametrize(
    ("name", "path"), [("gateway", "/healthz"), ("fetcher", "/readyz"), ("loader", "/readyz")]
)
def test_only_the_gateway_stays_reachable_while_kafka_is_away(name: str, path: str) -> None:
    (container,) = (one for one in containers() if one["name"] == name)

    assert container["readinessProbe"]["httpGet"]["path"] == path


@pytest.mark.parametrize("container", [*containers()], ids=lambda container: container["name"])
def test_a_container_is_given_only_secrets_that_it_reads(container: Any) -> None:
    fields = {name.upper() for name in SETTINGS[container["name"]].model_fields}

    assert {variable["name"] for variable in container["env"]} <= fields


@pytest.mark.parametrize("container", [*containers()], ids=lambda container: container["name"])
def test_a_container_is_bounded_and_cannot_write(container: Any) -> None:
    assert container["resources"]["limits"]["memory"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert not container["securityContext"]["allowPrivilegeEscalation"]
