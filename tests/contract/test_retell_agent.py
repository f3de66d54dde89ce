"""`retell_agent` against a stand-in for the platform, through the official SDK."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from appointments.models import Company
from tests.contract.retell_stand_in import KEY, running
from tests.factories.appointments import PhoneNumberFactory
from voice.models import Agent

URL = "https://salon.example"
NUMBER = "+493023125177"
NEW = [
    "POST /create-conversation-flow",
    "POST /create-agent",
    "POST /publish-agent-version/agent_01",
    f"PATCH /update-phone-number/{NUMBER}",
]


@pytest.fixture
def platform(settings):
    with running() as workspace:
        settings.RETELL_API_URL = workspace.url
        workspace.numbers[NUMBER] = {"phone_number": NUMBER, "phone_number_type": "custom"}
        yield workspace


@pytest.fixture
def company(cut, branch):
    Company.objects.update(retell_api_key="key_of_somebody_else")
    Company.objects.filter(pk=branch.company_id).update(retell_api_key=KEY)
    PhoneNumberFactory.create(branch=branch, number=NUMBER)
    return Company.objects.get(pk=branch.company_id)


def push(company, *options: str) -> str:
    out = io.StringIO()
    call_command(
        "retell_agent", "push", "--company", company.slug, "--base-url", URL, *options, stdout=out
    )
    return out.getvalue()


def export(*options: str) -> dict:
    out, err = io.StringIO(), io.StringIO()
    call_command("retell_agent", "export", *options, stdout=out, stderr=err)
    return json.loads(out.getvalue())


def test_a_first_push_makes_flow_agent_and_binding_and_remembers_them(platform, company):
    said = push(company)

    agent = Agent.objects.get(company=company)
    assert (agent.agent_id, agent.flow_id) == ("agent_01", "conversation_flow_1")
    assert platform.writes == NEW
    assert "Workspace: Muster" in said
    there = platform.agents["agent_01"][0]
    assert there["webhook_url"] == f"{URL}/api/voice/webhook/"
    assert there["boosted_keywords"] == ["Herrenhaarschnitt", "Mara Lindt"]
    assert platform.numbers[NUMBER]["inbound_agents"] == [
        {"agent_id": "agent_01", "agent_version": "latest_published", "weight": 1}
    ]


def test_a_second_push_changes_nothing(platform, company):
    push(company)
    platform.writes.clear()

    said = push(company)

    assert platform.writes == []
    assert said.count("unchanged") == 2


def test_a_change_is_published_as_a_new_version_with_its_own_flow(platform, company):
    push(company)
    company.name = "Salon Neu"
    company.save()

    said = push(company)

    old, new = platform.agents["agent_01"]
    assert (old["agent_name"], new["agent_name"]) == ("Salon Eins", "Salon Neu")
    assert new["is_published"]
    flows = platform.flows["conversation_flow_1"]
    assert [flow["default_dynamic_variables"]["salon_name"] for flow in flows] == [
        "Salon Eins",
        "Salon Neu",
    ]
    assert "Differs: flow.nodes[greeting].instruction.text" in said


def test_what_is_set_in_the_dashboard_stays(platform, company):
    push(company)
    there = platform.agents["agent_01"][0]
    there["voice_id"], there["voice_speed"] = "another", 1.1
    for node in platform.flows["conversation_flow_1"][0]["nodes"]:
        node["display_position"] = {"x": 1, "y": 1}
    platform.writes.clear()

    push(company, "--voice", "mine")

    assert platform.writes == []


def test_a_node_that_was_added_by_hand_is_seen(platform, company):
    push(company)
    extra = {"id": "extra", "type": "end"}
    platform.flows["conversation_flow_1"][0]["nodes"].append(extra)

    assert "Differs: flow.nodes[extra]" in push(company, "--dry-run")


def test_a_dry_run_writes_nothing_anywhere(platform, company):
    said = push(company, "--dry-run")

    assert platform.writes == []
    assert not Agent.objects.exists()
    assert "Agent: new" in said


def test_a_push_that_was_cut_off_goes_on_where_it_stopped(platform, company):
    platform.fails["/create-agent"] = 422

    with pytest.raises(CommandError, match="refused with 422"):
        push(company)
    push(company)

    assert list(platform.flows) == ["conversation_flow_1"]
    assert Agent.objects.get(company=company).agent_id == "agent_01"


def test_a_draft_that_was_never_published_is_finished(platform, company):
    push(company)
    company.name = "Salon Neu"
    company.save()
    platform.fails["/publish-agent-version/agent_01"] = 422
    with pytest.raises(CommandError):
        push(company)

    push(company)

    assert len(platform.agents["agent_01"]) == 2
    assert platform.agents["agent_01"][1]["is_published"]


def test_a_wrong_key_is_said_and_not_shown(platform, company):
    Company.objects.filter(pk=company.pk).update(retell_api_key="key_wrong")

    with pytest.raises(CommandError) as raised:
        push(company)

    assert "does not accept the company's API key" in str(raised.value)
    assert "key_wrong" not in str(raised.value)


def test_an_agent_the_platform_does_not_know_is_not_replaced(platform, company):
    Agent.objects.create(company=company, agent_id="agent_gone")

    with pytest.raises(CommandError, match="knows no agent agent_gone"):
        push(company)

    assert platform.writes == []
    push(company, "--new")
    assert Agent.objects.filter(company=company).count() == 2


def test_of_several_agents_one_must_be_named(platform, company):
    for name in ("agent_a", "agent_b"):
        Agent.objects.create(company=company, agent_id=name)

    with pytest.raises(CommandError, match="agent_a, agent_b"):
        push(company)


def test_a_number_the_platform_lacks_is_named_and_imported_with_its_trunk(platform, company):
    platform.numbers.clear()

    with pytest.raises(CommandError, match=r"does not have \+493023125177 yet"):
        push(company)
    push(company, "--termination-uri", "sip.example")

    assert platform.numbers[NUMBER]["termination_uri"] == "sip.example"
    assert platform.numbers[NUMBER]["inbound_agents"][0]["agent_id"] == "agent_01"


def test_a_platform_that_cannot_be_reached_is_said(company, settings):
    settings.RETELL_API_URL = "http://127.0.0.1:9"

    with pytest.raises(CommandError, match="could not be reached"):
        push(company)


@pytest.mark.parametrize("url", ["", "http://salon.example"])
def test_tools_need_an_address_the_platform_can_reach(company, url):
    with pytest.raises(CommandError, match="PUBLIC_URL"):
        call_command("retell_agent", "push", "--company", company.slug, "--base-url", url)


def test_without_a_key_nothing_is_tried(company):
    Company.objects.filter(pk=company.pk).update(retell_api_key="")

    with pytest.raises(CommandError, match="no Retell API key"):
        push(company)


def test_an_unknown_company_is_answered_with_those_that_are_known(company):
    with pytest.raises(CommandError, match="salon-eins, salon-zwei"):
        export("--company", "salon-x")


def test_a_companys_export_holds_its_language_agent_numbers_and_nothing_of_others(company):
    Agent.objects.create(company=company, agent_id="agent_s1", transfer_to="+493023125199")
    Company.objects.filter(pk=company.pk).update(locale="en")

    made = export("--company", company.slug, "--base-url", f"{URL}/")

    assert (made["agent_id"], made["agent"]["language"]) == ("agent_s1", "en-GB")
    assert list(made["numbers"]) == [NUMBER]
    assert {tool["url"].rsplit("/", 2)[0] for tool in made["flow"]["tools"]} == {
        f"{URL}/api/voice/functions"
    }
    text = json.dumps(made)
    assert "Zoe" not in text
    assert KEY not in text
    assert "+493023125199" in text


def test_an_export_without_a_company_is_for_any_salon_and_goes_to_a_file(tmp_path, db):
    file = tmp_path / "agent.json"

    call_command("retell_agent", "export", "--output", str(file), stderr=io.StringIO())

    made = json.loads(file.read_text())
    assert made["agent"]["language"] == "de-DE"
    assert made["flow"]["default_dynamic_variables"]["salon_name"] == ""
    assert made["flow"]["nodes"][0]["instruction"]["text"].startswith("{{salon_name}}, guten Tag!")
