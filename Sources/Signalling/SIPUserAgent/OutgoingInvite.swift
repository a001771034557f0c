import SIPSyntax

/// One header that the owner adds to a request or a response, already checked as a token and a line without CR or LF.
package struct ExtraHeader: Hashable, Sendable {
    package var name: HeaderName
    package var value: String

    package init(_ name: HeaderName, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A call to place. The core adds Via, tags, Call-ID, CSeq, Contact, Max-Forwards, Allow, Supported and User-Agent.
package struct OutgoingInvite: Sendable {
    package var requestURI: SIPURI
    /// Without a tag: the core draws one, and it stays the call's only one.
    package var from: NameAddress
    package var to: NameAddress
    /// The user part of Contact; usually that of From.
    package var contactUser: String?
    /// What Via and Contact show as ours.
    package var advertised: AdvertisedAddress
    /// Where the INVITE goes, whatever its Request-URI says: the trunk's address.
    package var destination: Destination
    /// A pre-loaded route set, if the trunk has one.
    package var routes: [NameAddress] = []
    /// The SDP offer.
    package var offer: [UInt8]
    package var extraHeaders: [ExtraHeader] = []
    /// Nil draws one. An attempt at the next address of the same call may keep its Call-ID.
    package var callID: String?

    package init(
        requestURI: SIPURI, from: NameAddress, to: NameAddress, advertised: AdvertisedAddress,
        destination: Destination, offer: [UInt8]
    ) {
        self.requestURI = requestURI
        self.from = from
        self.to = to
        self.contactUser = from.sipURI?.user
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
    package var advertised: AdvertisedAddress
    package var destination: Destination

    package init(
        requestURI: SIPURI, from: NameAddress, to: NameAddress, advertised: AdvertisedAddress, destination: Destination
    ) {
        self.requestURI = requestURI
        self.from = from
        self.to = to
        self.advertised = advertised
        self.destination = destination
    }
}
