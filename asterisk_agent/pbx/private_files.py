"""What a private Asterisk has beside the product's own dialplan files: modules, people to talk to, a softphone."""

from __future__ import annotations

MODULES = """[modules]
autoload=yes
noload = chan_dahdi.so
noload = chan_iax2.so
noload = chan_mobile.so
noload = chan_ooh323.so
noload = chan_unistim.so
noload = chan_motif.so
noload = chan_console.so
noload = cdr_pgsql.so
noload = cdr_odbc.so
noload = cdr_adaptive_odbc.so
noload = cdr_tds.so
noload = cdr_radius.so
noload = cel_pgsql.so
noload = cel_odbc.so
noload = cel_tds.so
noload = cel_radius.so
noload = res_odbc.so
noload = res_config_odbc.so
noload = res_config_pgsql.so
noload = res_config_mysql.so
noload = res_config_ldap.so
noload = res_config_sqlite3.so
noload = res_corosync.so
noload = res_snmp.so
noload = res_xmpp.so
noload = res_hep.so
noload = res_hep_pjsip.so
noload = res_hep_rtcp.so
noload = res_stun_monitor.so
noload = res_phoneprov.so
noload = res_pjsip_phoneprov_provider.so
noload = pbx_dundi.so
noload = pbx_lua.so
noload = pbx_ael.so
noload = app_voicemail.so
noload = app_voicemail_imap.so
noload = app_voicemail_odbc.so
noload = app_minivm.so
noload = app_festival.so
noload = app_jack.so
noload = app_meetme.so
noload = app_rpt.so
"""
"""modules.conf: all but what needs hardware, another server or a configuration of its own. Starts in about 1 s."""

PEOPLE = """
; The simulated caller's half: recorded here, then with the caller's own application.
[test-caller]
exten => s,1,MixMonitor(${CALLER_RECORDING}.raw,D)
 same => n,Stasis(${CALLER_APP})
 same => n,Hangup()

; Human agents: each answers at once, notes what came with the call and talks for a minute.
[test-agent]
exten => _X!,1,NoOp(member ${EXTEN} got a call)
 same => n,Log(NOTICE,member-leg AGENT_CALL_ID=${AGENT_CALL_ID})
 same => n,Log(NOTICE,member-leg AGENT_INTENT=${AGENT_INTENT})
 same => n,Log(NOTICE,member-leg AGENT_ORDER=${AGENT_ORDER})
 same => n,Log(NOTICE,member-leg AGENT_VERIFIED=${AGENT_VERIFIED})
 same => n,Log(NOTICE,member-leg AGENT_SENTIMENT=${AGENT_SENTIMENT})
 same => n,Log(NOTICE,member-leg AGENT_SUMMARY=${AGENT_SUMMARY})
 same => n,Log(NOTICE,member-leg AGENT_REASON=${AGENT_REASON})
 same => n,Log(NOTICE,member-leg AGENT_NEXT=${AGENT_NEXT})
 same => n,Answer()
 same => n,Playback(hello)
 same => n,Wait(60)
 same => n,Hangup()

; A softphone of yours: dial 100 for the order agent.
[test-phones]
exten => 100,1,Goto(order-agent,s,1)

; Says back what it hears: the floor of every measurement.
[test-echo]
exten => s,1,Answer()
 same => n,Echo()
"""
"""More of extensions.conf."""

PJSIP = """[transport-udp]
type=transport
protocol=udp
bind={bind}:{port}

[1001]
type=endpoint
context=test-phones
disallow=all
allow=ulaw,alaw
auth=1001
aors=1001
direct_media=no

[1001]
type=auth
auth_type=userpass
username=1001
password={password}

[1001]
type=aor
max_contacts=2
"""
"""pjsip.conf: one softphone, user 1001."""
