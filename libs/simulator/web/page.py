"""The page at ``/``: says what this is, so that nobody takes these people for real ones."""

from html import escape
from string import Template

from libs.simulator.hemis import SimulatedHemis

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>HEMIS simulator</title>
<style>body{font:16px/1.5 sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}
pre{background:#f3f3f3;padding:.7rem;overflow-x:auto}</style>
</head>
<body>
<h1>HEMIS simulator</h1>
<p><strong>A simulator; all people are invented.</strong> It answers like the REST interface of a
university's HEMIS, so that things can be tried without one.</p>
<p>$students students, $employees employee positions, seed $seed, token <code>$token</code>.</p>
<h2>Ask</h2>
<pre>curl -H 'Authorization: Bearer $token' \\
  '$address/rest/v1/data/student-list?_student_status=-1&amp;page=1&amp;limit=50'
curl -H 'Authorization: Bearer $token' '$address/rest/v1/data/employee-list?type=all'
curl -H 'Authorization: Bearer $token' '$address/rest/v1/data/student-info?student_id=50421'</pre>
<h2>Switch faults and settings (no token)</h2>
<pre>curl $address/control/state
curl $address/control/faults \\
  -d '{"kind":"status","status":503,"endpoint":"student-list","page":3,"times":2}'
curl $address/control/faults -d '{"kind":"latency","seconds":1.5}'
curl -X DELETE $address/control/faults
curl $address/control/settings -d '{"past_end":"empty","rate_limit_per_second":null}'
curl $address/control/records \\
  -d '{"resource":"students","change":{"50421":{"email":"x@example.uz"}},"add":2}'
curl $address/control/records/students
curl '$address/control/requests?last=20'</pre>
<p>Kinds of fault: latency, status, html, success_false, not_json, truncate, wrong_total.</p>
</body>
</html>
""")


def page(hemis: SimulatedHemis, address: str) -> str:
    return _PAGE.substitute(
        students=len(hemis.rosters["students"]),
        employees=len(hemis.rosters["employees"]),
        seed=hemis.seed,
        token=escape(hemis.token),
        address=escape(address),
    )
