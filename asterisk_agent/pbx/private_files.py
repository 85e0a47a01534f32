"""What a private Asterisk has beside the product's own dialplan files: modules, people to talk to, a softphone."""

from __future__ import annotations

_LOADED = """
    pbx_config app_stasis app_queue app_mixmonitor app_playback app_echo app_senddtmf app_verbose app_db app_stack
    app_dial app_cdr app_userevent app_exec app_playtones app_milliwatt app_record app_read app_stream_echo
    func_channel func_callerid func_timeout func_cdr func_db func_env func_strings func_logic func_math func_global
    func_talkdetect func_pjsip_endpoint func_devstate func_rand
    cdr_csv
    codec_ulaw codec_alaw codec_a_mu codec_gsm codec_g722 codec_resample
    format_pcm format_gsm format_wav format_sln
    bridge_simple bridge_softmix bridge_native_rtp bridge_holding bridge_builtin_features
    chan_websocket chan_audiosocket chan_pjsip chan_bridge_media
    res_timing_timerfd res_musiconhold res_crypto res_agi res_speech res_audiosocket res_mutestream res_clioriginate
    res_rtp_asterisk res_pjproject res_sorcery_config res_sorcery_memory res_sorcery_astdb res_security_log
    res_http_websocket res_websocket_client
    res_stasis res_stasis_answer res_stasis_device_state res_stasis_playback res_stasis_recording res_stasis_snoop
    res_ari res_ari_model res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels
    res_ari_device_states res_ari_endpoints res_ari_events res_ari_playbacks res_ari_recordings res_ari_sounds
    res_pjsip res_pjsip_session res_pjsip_pubsub res_pjsip_acl res_pjsip_authenticator_digest res_pjsip_caller_id
    res_pjsip_dtmf_info res_pjsip_endpoint_identifier_user res_pjsip_nat res_pjsip_registrar res_pjsip_rfc3326
    res_pjsip_sdp_rtp res_pjsip_outbound_authenticator_digest res_pjsip_header_funcs
"""

MODULES = "[modules]\nautoload=no\n" + "".join(f"load = {name}.so\n" for name in _LOADED.split())
"""modules.conf: what a call with the agent, its queue, its recording and a softphone need, and nothing else."""

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
