import pytest

URL = "/api/v1/membership-plans"


@pytest.mark.parametrize("price", [0, 5, 49.9, 49.95, 999_999_998.99, 999_999_999])
def test_a_price_is_a_json_number_and_read_back_as_it_was_sent(owner, price):
    sent = {"name": "Monthly", "duration_months": 1, "price": price}
    made = owner.post(URL, json=sent)
    assert made.status_code == 201, made.text
    plan = owner.get(f"{URL}/{made.json()['plan_id']}").json()
    assert plan["price"] == price
    changed = owner.patch(f"{URL}/{plan['plan_id']}", json={"price": price})
    assert (changed.status_code, changed.json()["price"]) == (200, price)


@pytest.mark.parametrize("price", ["5", True, 1.005, 1.0005, -1, 1_000_000_000, [], {}])
def test_nothing_else_is_a_price(owner, price):
    sent = {"name": "Monthly", "duration_months": 1, "price": price}
    refused = owner.post(URL, json=sent)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "price"
