import Addressing
import SDP
import Timekeeping

/// Everything that a simulator is told before it starts.
package struct SimulatorConfiguration: Hashable, Sendable {
    package var edge = EdgeConfiguration()
    package var misbehaviour = Misbehaviour()
    package var flow: Flow
    /// Where the flow's prompts lie.
    package var promptsDirectory: String
    /// Where a WAV and a JSON report of each call go; nil keeps the reports in memory and records no audio.
    package var reportsDirectory: String?
    /// Where ca.pem, server.pem and server.key go, or already are; needed by a TLS listener.
    package var tlsDirectory: String?

    package init(flow: Flow, promptsDirectory: String) {
        self.flow = flow
        self.promptsDirectory = promptsDirectory
    }
}

/// The edge itself: where it listens and whom it lets in.
package struct EdgeConfiguration: Hashable, Sendable {
    package var address: IPAddress = .loopback
    /// At most one listener a transport.
    package var listeners: [SimulatorListener] = []
    /// Even ports are RTP, the next odd one is RTCP; taken pairs are skipped.
    package var mediaPorts: ClosedRange<UInt16> = 28_000...32_767
    /// The account SID; `<account>.pstn.exotel.com` is the only From domain that passes.
    package var account = "exotelt"
    /// The mapped numbers in E.164; none means that every E.164 number is mapped.
    package var exophones: [String] = []
    package var mode: NumberMode = .flow
    /// SRTP suites that are taken, and offered the first, when signalling is TLS.
    package var suites: [CryptoSuite] = CryptoSuite.common
    /// From 180 to 200.
    package var ringing: Duration = .milliseconds(500)
    /// Calls let in within any 60 s: 1...100,000.
    package var callsPerMinute = 200
    /// Calls alive at once, refused ones included until their ACK: 1...10,000.
    package var callsMax = 2_000
    /// A call that lives longer is ended by a BYE.
    package var callDurationMax: Duration = .seconds(3_600)
    /// The authority of the gateway's certificate for calls that are placed over TLS; nil checks nothing.
    package var gatewayAuthorityFile: String?
    /// T1 of RFC 3261 section 17.1.1.1.
    package var roundTrip: Duration = .milliseconds(500)
    /// Audio kept for the WAV of a call; the rest of a longer call is not recorded.
    package var recordingMax: Duration = .seconds(600)

    package init() {}

    package var fromDomain: String { "\(self.account).pstn.exotel.com" }
}

package struct SimulatorListener: Hashable, Sendable {
    package enum Transport: String, Hashable, Sendable, CaseIterable {
        case udp, tcp, tls
    }

    package var transport: Transport
    /// 0 lets the kernel choose.
    package var port: UInt16

    package init(_ transport: Transport, port: UInt16) {
        self.transport = transport
        self.port = port
    }
}

/// What a number is mapped to, and so which number must be one of ours.
package enum NumberMode: String, Hashable, Sendable, CaseIterable {
    /// The Request-URI is the Exophone, and X-Exotel-AccountSid finds the flow.
    case flow
    /// The Request-URI is the callee, and From is the Exophone.
    case pstn
}
