import Addressing
import SIPSyntax
import SIPTransaction

/// What a user agent core is told once. Every number here is a limit that holds for the whole core.
package struct UserAgentConfiguration: Sendable {
    /// Sent as `User-Agent` in requests and `Server` in responses; nil sends neither.
    package var product: HeaderValue? = HeaderValue(trusted: "Trunkline")
    package var timings: TransactionTimings = .standard
    /// Sessions at once, from INVITE to the end of the BYE; beyond it INVITEs are answered 503 and ours are refused.
    package var sessionsMax: Int = 4_000
    /// Transactions at once, both roles; beyond it requests are answered 503 without state.
    package var transactionsMax: Int = 20_000
    /// Dialogs that one forked INVITE may open; answers beyond it are not acknowledged.
    package var forksMax: Int = 8
    /// The longest that an INVITE of ours may wait for its final answer before the core cancels it, and that one of the
    /// peer's may wait for the owner before it is answered 480. The owner's ring deadline is shorter.
    package var setupDurationMax: Duration = .seconds(300)
    /// What is taken of new calls before they are refused.
    package var overload = OverloadLimits()
    /// What `Retry-After` says in every 503 that the core gives on its own.
    package var retryAfter: Duration = .seconds(5)
    /// How often an offer of ours that met the peer's (491) is tried again before the owner is told.
    package var glareRetriesMax: Int = 5
    /// The longest that the owner may take over an `answerOwed` before the core acknowledges without SDP and hangs up.
    package var acknowledgementDelayMax: Duration = .seconds(5)
    /// The longest that the owner may take over an UPDATE's or PRACK's offer before it is answered 504: a transaction
    /// without provisional answers cannot wait (RFC 3311 section 5.2).
    package var promptAnswerDelayMax: Duration = .seconds(5)
    /// Reliable provisional answers of one call that wait for the PRACK of the one before; beyond it they are not sent.
    package var reliableProvisionalsMax: Int = 8
    /// Of every call that brings none of its own.
    package var session = SessionSettings()
    /// From where a dialog's requests are taken.
    package var dialogPeerCheck: DialogPeerCheck = .sameAddressOnConnections
    /// The host and port that Via and Contact show for a local address behind NAT, by bound address.
    package var advertised: [TransportAddress: AdvertisedAddress] = [:]

    package init() {}
}

/// Host and port as peers must write them to reach us: the sent-by of Via and the host of Contact.
package struct AdvertisedAddress: Hashable, Sendable {
    package var host: Host
    package var port: UInt16

    package init(host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }

    package init(_ address: TransportAddress) {
        self.init(host: .ip(address.address), port: address.port)
    }

    /// The Contact URI of a call over `transport`, with the user of another URI of ours.
    package func contact(user: SIPURI?, transport: SIPTransportName) -> SIPURI {
        var contact = user?.withoutHeaders ?? SIPURI(host: self.host)
        contact.isSecure = false
        contact.host = self.host
        contact.port = self.port
        contact.parameters = Parameters()
        contact.parameters.set(Token(trusted: "transport"), transport.parameterValue)
        return contact
    }
}
