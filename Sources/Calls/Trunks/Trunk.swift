import Addressing
import SDP
import SIPSyntax
import SIPUserAgent
import Timekeeping

/// A carrier as the gateway sees it: where it is, how it wants to be called, and what it may cost.
///
/// Pure data. Exotel is one value of it, see `ExotelTrunk`; nothing else in the gateway knows a carrier's name.
package struct Trunk: Hashable, Sendable {
    /// What the numbers of a call mean to the carrier.
    package enum NumberMode: Hashable, Sendable {
        /// The called number is a telephone's; the caller id must be one of the trunk's own numbers.
        case pstn
        /// The called number is one of the trunk's own, behind which a flow answers; the caller id is the customer's.
        case flow
    }

    /// Whether media is encrypted.
    package enum MediaProtection: Hashable, Sendable {
        /// SRTP with SDES keys over TLS; plain RTP over TCP and UDP, where the keys could be read.
        case followsTransport
        /// INSECURE: plain RTP even where signalling is TLS.
        case insecureNone
    }

    package var name: TrunkName
    /// In the order in which they are tried; never empty.
    package private(set) var pointsOfPresence: [PointOfPresence]
    package var transport: SIPTransportName
    package var numberMode: NumberMode
    /// The trunk's main number (Exotel: the Exophone): what flow mode calls when a call names no number, and the caller id
    /// of pstn mode.
    package var ownNumber: PhoneNumber?
    /// The caller id of flow mode for a call that brings none.
    package var callerID: PhoneNumber?
    /// Further numbers that pstn mode may show.
    package var callerIDs: Set<PhoneNumber> = []
    /// The host of the From URI; nil takes the point of presence's.
    package var fromHost: Host?
    /// Parameters of the Request-URI and To URI, such as `user=phone`.
    package var uriParameters = Parameters()
    /// Sent with every INVITE; a call cannot replace them.
    package var mandatoryHeaders: [Headers.Field] = []
    /// Sent with every INVITE unless the call sets the same one.
    package var headers: [CustomHeader] = []
    /// How callers may write numbers besides E.164; nil takes E.164 only.
    package var nationalNumbering: NationalNumbering?
    /// Beginnings of numbers that may be called. Empty allows nothing but the trunk's own number in flow mode.
    package var allowedPrefixes: [NumberPrefix] = []
    /// From where the carrier's INVITEs may come, besides its points of presence given as addresses.
    package var sources: [AddressRange] = []
    /// The local address for signalling and media; nil leaves it to the kernel.
    package var bindAddress: IPAddress?
    /// What Via, Contact and SDP show when the gateway stands behind NAT; nil shows the local address.
    package var externalAddress: IPAddress?
    /// Nil for a carrier that knows us by our address.
    package var account: TrunkAccount?
    /// Nil for a carrier that knows where we are.
    package var registration: TrunkRegistration?
    package var identity = IdentityHeader.none
    /// The called party is not to see the caller: `Privacy: id` and an anonymous From. Needs an `identity`.
    package var hidesCaller = false
    /// Whether P-Asserted-Identity and Remote-Party-ID of inbound calls are believed; From is not better, only less used.
    package var trustsIdentity = true
    /// Nil takes inbound calls by their source alone.
    package var challenge: InboundChallenge?
    package var passHeaders = HeaderAllowList.standard
    /// Not followed unless asked for: whoever answers could send our calls, and their cost, anywhere.
    package var redirects = RedirectPolicy.refuse
    package var mediaProtection: MediaProtection = .followsTransport
    /// The SDES suites that are offered, in order, and taken; nil offers the common two and takes any.
    package var cryptoSuites: [CryptoSuite]?
    package var tls = TrunkTLS()
    package var deadlines = TrunkDeadlines()
    /// Whether the far end hears the bot before it answers, where it takes early media at all.
    package var sendsEarlyMedia = false
    package var digits = DigitMethod.rfc4733
    /// How its calls are kept alive, and whether ringing is acknowledged. Calls have `sessionSettings`.
    package var session = SessionSettings()
    package var transfer = TransferPolicy()
    package var pace = Pace()
    /// How the points of presence are watched; nil does not.
    package var healthCheck: HealthCheck?
    /// Names that are not looked up, such as a PoP's at 127.0.0.1 in a rehearsal.
    package var nameOverrides: [HostName: IPAddress] = [:]

    package static let pointsOfPresenceMax = 16

    package init(
        name: TrunkName, pointsOfPresence: [PointOfPresence], transport: SIPTransportName, numberMode: NumberMode
    ) throws(TrunkError) {
        guard 1...Self.pointsOfPresenceMax ~= pointsOfPresence.count else { throw .badPointsOfPresence }
        self.name = name
        self.pointsOfPresence = pointsOfPresence
        self.transport = transport
        self.numberMode = numberMode
    }

    /// What its calls' sessions are made with: REFER and Replaces are announced where they are taken.
    package var sessionSettings: SessionSettings {
        var settings = self.session
        settings.takesTransfers = self.transfer.acceptsFromPeer
        return settings
    }

    /// Whether media of this trunk is SRTP.
    package var usesSRTP: Bool {
        switch self.mediaProtection {
        case .followsTransport: self.transport == .tls
        case .insecureNone: false
        }
    }

    /// Whether an INVITE from this address is the carrier's.
    package func isSource(_ address: IPAddress) -> Bool {
        let address = address.unmapped
        return self.sources.contains { $0.contains(address) }
            || self.pointsOfPresence.contains { pop in
                switch pop.host {
                case .ip(let own): own == address
                case .name(let name): self.nameOverrides[name] == address
                }
            }
    }
}

/// How the carrier's certificate is checked, and ours is shown. Paths of PEM files.
package struct TrunkTLS: Hashable, Sendable {
    /// A private authority that is trusted instead of the system's.
    package var authorityFile: String?
    package var certificateFile: String?
    package var keyFile: String?
    /// The name that the certificate must carry instead of the host of the point of presence.
    package var serverName: HostName?
    /// INSECURE: accepts any certificate. Anybody in the path can be the carrier.
    package var insecureSkipCertificateCheck = false
    /// Takes no version of TLS before 1.3.
    package var requiresTLS13 = false

    package init() {}
}

/// The longest that each part of a call over the trunk may take.
package struct TrunkDeadlines: Hashable, Sendable {
    /// From an INVITE to any response; then the next point of presence is tried.
    package var firstResponse: Duration = .seconds(5)
    /// From the order to the answer, the wait for the pace included.
    package var setup: Duration = .seconds(3_600)
    /// From the INVITE to the answer.
    package var ring: Duration = .seconds(60)
    /// From the answer to our BYE, whatever happens.
    package var maximumDuration: Duration = .seconds(3_600)
    /// Without RTP from the carrier while the call is up.
    package var mediaTimeout: Duration = .seconds(30)
    /// Without sound of either side, until its silence is told.
    package var silenceAfter: Duration = .seconds(5)

    package init() {}
}

/// How many INVITEs the carrier takes.
package struct Pace: Hashable, Sendable {
    /// New-dialog INVITEs, retries and fail-over counted, in any `window`.
    package var limit: Int = 200
    package var window: Duration = .seconds(60)
    /// Added to the window: INVITEs leave after they were allowed, by different delays, and the carrier counts arrivals.
    package var margin: Duration = .seconds(1)
    /// Calls that may wait for their turn; one more is refused.
    package var waitingMax: Int = 10_000
    /// Trunks of one account that share one limit; nil for a limit of the trunk's own.
    package var group: String?

    package static let limitRange = 1...100_000
    package static let waitingRange = 0...1_000_000

    package init() {}
}
