import SIPSyntax

/// A call to place. The core adds Via, tags, Call-ID, CSeq, Contact, Max-Forwards, Allow, Supported and User-Agent.
package struct OutgoingInvite: Sendable {
    package var requestURI: SIPURI
    /// Without a tag: the core draws one, and it stays the call's only one.
    package var from: NameAddress
    package var to: NameAddress
    /// Where the peer is to send the dialog's requests; `init` makes it of From's user and `advertised`.
    package var contact: SIPURI
    /// What Via shows as ours.
    package var advertised: AdvertisedAddress
    /// Where the INVITE goes, whatever its Request-URI says: the trunk's address.
    package var destination: Destination
    /// A pre-loaded route set, if the trunk has one.
    package var routes: [NameAddress] = []
    /// The SDP offer; nil asks the peer for its own, which comes with `answerOwed` (delayed offer, RFC 3261 section 13.2.1).
    package var offer: [UInt8]?
    /// Added after the core's own fields; the owner has checked that they clash with none of them.
    package var extraHeaders: [Headers.Field] = []
    /// How the session is kept alive; nil takes the core's own.
    package var session: SessionSettings?
    /// For challenges of any request of the call.
    package var credentials: [DigestCredentials] = []
    /// Nil draws one. An attempt at the next address of the same call may keep its Call-ID.
    package var callID: CallID?

    package init(
        requestURI: SIPURI, from: NameAddress, to: NameAddress, advertised: AdvertisedAddress,
        destination: Destination, offer: [UInt8]?
    ) {
        self.requestURI = requestURI
        self.from = from
        self.to = to
        self.contact = advertised.contact(user: from.uri.sip, transport: destination.transport)
        self.advertised = advertised
        self.destination = destination
        self.offer = offer
    }
}

/// An OPTIONS request outside any dialog: a trunk's health check.
package struct OutgoingOptions: Sendable {
    package var requestURI: SIPURI
    package var from: NameAddress
    package var to: NameAddress
    package var contact: SIPURI
    package var advertised: AdvertisedAddress
    package var destination: Destination
    package var credentials: [DigestCredentials] = []

    package init(
        requestURI: SIPURI, from: NameAddress, to: NameAddress, advertised: AdvertisedAddress, destination: Destination
    ) {
        self.requestURI = requestURI
        self.from = from
        self.to = to
        self.contact = advertised.contact(user: from.uri.sip, transport: destination.transport)
        self.advertised = advertised
        self.destination = destination
    }
}
