import Addressing
import AudioFiles
import BotTransports
import CallControl
import ControlAPI
import MediaPlane
import SIPSyntax
import SIPUserAgent
import TLS
import Telemetry
import Timekeeping
import Trunks

/// Everything that the gateway is told, as typed values; docs/configuration.md is the user's side of it.
///
/// A value of this type is valid: names refer to what exists, files are there, numbers are in range.
package struct GatewayConfiguration: Sendable {
    /// Where SIP of others is taken.
    package struct Listener: Hashable, Sendable {
        package var transport: SIPTransportName
        package var address: TransportAddress

        package init(transport: SIPTransportName, address: TransportAddress) {
            self.transport = transport
            self.address = address
        }
    }

    package enum LogFormat: String, Hashable, Sendable, CaseIterable {
        case text
        case json
    }

    package enum LogLevel: String, Hashable, Sendable, CaseIterable {
        case debug
        case info
        case notice
        case warning
        case error
    }

    package var listeners: [Listener] = []
    /// What TLS listeners show; never nil when there is one.
    package var identity: TLSConfiguration.Identity?
    /// Whether TLS listeners ask for certificates, and whose.
    package var clientCertificates: TLSConfiguration.ClientCertificates = .notAsked
    package var listenerVersionMin: TLSConfiguration.Version = .tls12
    /// Empty asks the system's name servers.
    package var nameServers: [TransportAddress] = []
    /// How long a peer may leave a keep-alive unanswered; nil does not ask.
    package var pongTimeout: Duration?
    package var media = MediaPlaneConfiguration()
    /// Where the files of TLS are named, for listeners and for each trunk by its name; what they hold is seen by `tryFiles`.
    var identityPlace: GatewayConfigurationError.Place?
    var trustPlaces: [TrunkName: GatewayConfigurationError.Place] = [:]
    /// Where `bindAddress` stands, of `media` and of each trunk by its name; whether it is an address of this machine is seen
    /// by `tryAddresses`.
    var mediaBindPlace: GatewayConfigurationError.Place?
    var bindPlaces: [TrunkName: GatewayConfigurationError.Place] = [:]
    /// Where each listener stands: its port or, without one, its address.
    var listenerPlaces: [Listener: GatewayConfigurationError.Place] = [:]
    /// Nil records nothing.
    package var recordingsDirectory: String?
    package var recordingLimits = RecordingLimits()
    /// Whether calls are recorded unless they ask otherwise.
    package var recordsCalls = true
    /// The directory of prompts; nil has none.
    package var promptsDirectory: String?
    /// The file that call records are appended to.
    package var recordsFile = "calls.jsonl"
    package var bots: [BotPlan] = []
    /// Nil listens for no bots.
    package var botServer: BotServerSettings?
    package var trunks: [Trunk] = []
    package var routes: [InboundRoute] = []
    /// Nil serves no API.
    package var api: ControlServerConfiguration?
    /// Calls at once, both directions; one more is refused with 503. There are ports for each.
    package var callsMax = 500
    /// What peers and strangers may take of the SIP side.
    package var limits = SIPLimits()
    /// How sessions are kept alive, and whether ringing is acknowledged, where a trunk says nothing else.
    package var session = SessionSettings()
    /// Nil reports SIP messages to no collector.
    package var hep: HEPConfiguration?
    /// INSECURE: SRTP keys and credentials stay in traces, captures and what goes to the collector.
    package var insecureKeepsTraceSecrets = false
    package var logFormat = LogFormat.text
    package var logLevel = LogLevel.info

    /// As many as the media plane holds.
    package static let callsMaxRange = 1...MediaPlaneConfiguration().sessionsMax

    package init() {}

    package func trunk(named name: String) -> Trunk? {
        self.trunks.first { $0.name.text == name }
    }

    package func bot(named name: String) -> BotPlan? {
        self.bots.first { $0.name == name }
    }
}
