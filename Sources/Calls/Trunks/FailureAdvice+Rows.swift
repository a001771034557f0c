/// What each status means: the table of Exotel's error codes, and of the RFCs for what it leaves out.
extension FailureAdvice {
    static let rows: [Int: FailureAdvice] = [
        300: FailureAdvice(
            .giveUp, "The carrier offers several other addresses (300).",
            "Use the address that the carrier assigned, or allow redirects on the trunk."),
        301: FailureAdvice(
            .configurationFault, "The called number has moved for good (301).",
            "Call the new address, or allow redirects on the trunk."),
        302: FailureAdvice(
            .giveUp, "The carrier sends the call to another address (302).",
            "Allow redirects on the trunk, if its allow-list has that address."),
        305: FailureAdvice(
            .configurationFault, "The call must go through another proxy (305).",
            "Use the proxy that the carrier names as the trunk's address."),
        380: FailureAdvice(.giveUp, "The carrier offers another service in place of the call (380)."),
        400: FailureAdvice(
            .configurationFault, "The carrier found the INVITE malformed (400).",
            "Look at the SIP ladder and the X-Exotel-ErrorCode; check custom headers and numbers."),
        401: FailureAdvice(
            .configurationFault, "The carrier wants a password, and none of ours was taken (401).",
            "Check the user and password of the trunk's account; where it has none, ask the carrier for IP authentication."
        ),
        402: FailureAdvice(
            .configurationFault, "The carrier wants to be paid (402).",
            "Look at the account's balance."),
        403: FailureAdvice(
            .configurationFault, "The carrier does not allow the call (403).",
            "Check the source address on the trunk's allow-list, the account SID, and that the caller id is mapped."),
        404: FailureAdvice(
            .configurationFault, "The called number is invalid or mapped to no trunk (404).",
            "Check the number, and that the Exophone is mapped to the trunk in the mode that is configured."),
        405: FailureAdvice(
            .configurationFault, "The carrier takes no INVITE at this address (405).",
            "Check the address and port of the trunk."),
        406: FailureAdvice(
            .configurationFault, "The carrier cannot answer in a form that this gateway takes (406).",
            "Compare Accept and the SDP in the SIP ladder."),
        407: FailureAdvice(
            .configurationFault, "The carrier's proxy wants a password, and none of ours was taken (407).",
            "Check the user and password of the trunk's account; where it has none, ask the carrier for IP authentication."
        ),
        408: FailureAdvice(
            .tryNextPointOfPresence, "The carrier had no answer in time (408).",
            "If it stays so, look for a firewall on the way and for stale DNS entries."),
        410: FailureAdvice(.outcome, "The called number is not active any more (410)."),
        413: FailureAdvice(
            .configurationFault, "The carrier finds the INVITE too large (413).",
            "Send fewer custom headers."),
        414: FailureAdvice(
            .configurationFault, "The carrier finds the called address too long (414).",
            "Shorten the number and uriParameters."),
        415: FailureAdvice(
            .configurationFault, "The carrier does not take this kind of content (415).",
            "The INVITE must carry application/sdp with G.711; check custom headers."),
        416: FailureAdvice(
            .configurationFault, "The carrier does not know this kind of address (416).",
            "Write numbers as E.164; the trunk makes sip addresses of them."),
        420: FailureAdvice(
            .configurationFault, "The carrier does not know an extension that we require (420).",
            "Set the trunk's reliableProvisionals to whenSupported or off."),
        421: FailureAdvice(
            .configurationFault, "The carrier requires an extension that we did not offer (421).",
            "Leave the trunk's reliableProvisionals at whenRequired if the answer's Require names 100rel; else ask the carrier."
        ),
        422: FailureAdvice(
            .configurationFault, "The carrier finds the session interval too small (422).",
            "Raise the interval of the trunk's sessionTimer to the Min-SE of the answer."),
        423: FailureAdvice(
            .configurationFault, "The carrier finds the interval too brief (423).",
            "Raise the interval."),
        428: FailureAdvice(
            .configurationFault, "The carrier wants a signed identity (428).",
            "Ask the carrier how calls of the trunk are signed (STIR)."),
        429: FailureAdvice(
            .giveUp, "The carrier says that calls come too fast (429).",
            "Lower the trunk's pace."),
        433: FailureAdvice(
            .outcome, "The callee takes no anonymous calls (433).",
            "Show a caller id."),
        436: FailureAdvice(
            .configurationFault, "The carrier cannot read the signed identity (436).",
            "Check the Identity header that is passed on."),
        437: FailureAdvice(
            .configurationFault, "The carrier does not trust the certificate of the identity (437).",
            "Check the certificate that signs the trunk's calls."),
        438: FailureAdvice(
            .configurationFault, "The signed identity is not valid (438).",
            "Check that nothing on the way changes From, To or Date."),
        480: FailureAdvice(
            .outcome, "The callee cannot be reached now (480).",
            "Call again later."),
        481: FailureAdvice(
            .giveUp, "The carrier does not know the call (481).",
            "Compare Call-ID and tags in the SIP ladder; something on the way sent it to the wrong place."),
        482: FailureAdvice(
            .configurationFault, "The call came round in a circle (482).",
            "Look for a route that leads back, at the carrier or in a proxy."),
        483: FailureAdvice(
            .configurationFault, "The call went through too many proxies (483).",
            "Look for a route that leads in a circle."),
        484: FailureAdvice(
            .configurationFault, "The carrier finds the number incomplete (484).",
            "Write numbers as E.164 with '+'."),
        485: FailureAdvice(
            .configurationFault, "The called address means more than one (485).",
            "Call the full number."),
        486: FailureAdvice(.outcome, "The callee is busy (486)."),
        487: FailureAdvice(.outcome, "The call was cancelled (487)."),
        488: FailureAdvice(
            .configurationFault, "The carrier accepts none of the offered media (488).",
            "Offer PCMA first; with TLS the media must be SRTP, with TCP it must be plain RTP."),
        489: FailureAdvice(.configurationFault, "The carrier does not know the event (489)."),
        491: FailureAdvice(
            .giveUp, "Both sides changed the call at once (491).",
            "Try again."),
        493: FailureAdvice(
            .configurationFault, "The carrier cannot decrypt the message (493).",
            "Send plain SDP."),
        494: FailureAdvice(
            .configurationFault, "The carrier wants a security agreement (494).",
            "Ask the carrier which transport the trunk must use."),
        500: FailureAdvice(.tryNextPointOfPresence, "The carrier had an internal error (500)."),
        501: FailureAdvice(
            .configurationFault, "The carrier does not do what was asked (501).",
            "Check the address of the trunk: it may not be a SIP trunk's."),
        502: FailureAdvice(.tryNextPointOfPresence, "A gateway of the carrier failed (502)."),
        503: FailureAdvice(
            .tryNextPointOfPresence, "The carrier cannot take the call now (503).",
            "If it comes in bursts, lower the trunk's pace or ask the carrier for more calls a minute."),
        504: FailureAdvice(.tryNextPointOfPresence, "The carrier's next hop did not answer (504)."),
        505: FailureAdvice(
            .configurationFault, "The carrier does not speak this version of SIP (505).",
            "Check the address and port of the trunk."),
        513: FailureAdvice(
            .configurationFault, "The carrier finds the message too large (513).",
            "Send fewer custom headers, or use TCP or TLS."),
        555: FailureAdvice(.giveUp, "The carrier's push service is not there (555)."),
        580: FailureAdvice(
            .configurationFault, "The carrier could not set up the media (580).",
            "Check the external address and that the RTP ports are open towards the carrier's media addresses."),
        600: FailureAdvice(.outcome, "The callee is busy everywhere (600)."),
        603: FailureAdvice(.outcome, "The callee declined (603)."),
        604: FailureAdvice(.outcome, "The called number exists nowhere (604)."),
        606: FailureAdvice(
            .configurationFault, "The callee accepts none of the offered media (606).",
            "Offer PCMA first."),
        607: FailureAdvice(
            .outcome, "The callee does not want calls of this number (607).",
            "Take the number off the list that is called."),
        608: FailureAdvice(
            .outcome, "An analysis of the carrier rejected the call (608).",
            "Ask the carrier why calls of this caller id are taken for spam."),
    ]
}
