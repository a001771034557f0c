import Foundation

/// What the simulator saw of one call: written as JSON beside the call's WAV, and kept for callers in the same process.
///
/// Times are milliseconds from the call's answer where the name does not say otherwise.
package struct CallReport: Hashable, Sendable, Codable {
    package enum Direction: String, Hashable, Sendable, Codable {
        /// The gateway called the edge.
        case incoming
        /// The simulator called the gateway.
        case placed
    }

    package enum Ender: String, Hashable, Sendable, Codable {
        /// The gateway: BYE, CANCEL, or a final answer to a call that the simulator placed.
        case gateway
        /// The flow hung up, or the limit of a call's duration was met.
        case simulator
        /// Nobody: a message or the connection was lost.
        case network
    }

    package struct Header: Hashable, Sendable, Codable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package struct Step: Hashable, Sendable, Codable {
        package var name: String
        package var atInMilliseconds: Int
        /// What a gather step collected; nil for other steps and while it collects.
        package var entry: String?
    }

    /// One thing that a misdeed did, or that the gateway did about it.
    package struct Misdeed: Hashable, Sendable, Codable {
        package enum Actor: String, Hashable, Sendable, Codable {
            case gateway, simulator
        }

        /// From the call's first message.
        package var atInMilliseconds: Int
        /// The key of the YAML's `misbehave`.
        package var name: String
        package var by: Actor
        package var what: String
    }

    package struct LadderLine: Hashable, Sendable, Codable {
        package enum Way: String, Hashable, Sendable, Codable {
            case received
            case sent
        }

        /// From the call's first message.
        package var atInMilliseconds: Double
        package var way: Way
        /// The request line's method and URI, or the status line with the method that it answers.
        package var message: String
    }

    package struct Media: Hashable, Sendable, Codable {
        package var codec: String
        /// Nil for plain RTP.
        package var srtpSuite: String?
        package var remote: String
        package var packetsSent = 0
        package var packetsReceived = 0
        package var packetsLost = 0
        package var duplicates = 0
        package var reordered = 0
        package var jitterInMilliseconds = 0.0
        package var rtcpPackets = 0
        /// Packets whose tag was wrong or that came twice.
        package var srtpFailures = 0
        /// Datagrams that were no RTP of the settled payload types.
        package var strange = 0
    }

    package struct Heard: Hashable, Sendable, Codable {
        package var speech: [SpeechInterval]
        /// RMS over the speech; nil when there was none.
        package var speechLevelInDBFS: Double?
        package var peakInDBFS: Double?
    }

    /// Counted from 1 since the simulator's start.
    package var number: Int
    package var callID: String
    package var direction: Direction
    package var transport: String
    package var peer: String
    package var from: String
    package var to: String
    /// UTC, ISO 8601: the first message of the call.
    package var startedAt: String
    /// UTC, ISO 8601: the 200 of the INVITE, where the recording begins.
    package var answeredAt: String?
    package var endedAt: String?
    /// From answer to end; 0 for a call that was not answered.
    package var durationInMilliseconds = 0
    /// The INVITE's header fields in order.
    package var headers: [Header] = []
    /// Each rule of the guide with its verdict, in the order of the table; empty for a call that the simulator placed.
    package var rules: [RuleVerdict] = []
    /// The final answer to the INVITE.
    package var status: Int?
    package var statusReason: String?
    /// The header fields of that answer in order.
    package var answerHeaders: [Header] = []
    package var media: Media?
    package var digits: [DigitHeard] = []
    package var steps: [Step] = []
    package var heard: Heard?
    package var endedBy: Ender?
    /// One sentence.
    package var end: String?
    /// The Reason header of the gateway's BYE or CANCEL.
    package var reasonHeader: String?
    package var ladder: [LadderLine] = []
    /// What went wrong on purpose, and what the gateway did about it, in order.
    package var misdeeds: [Misdeed] = []
    /// Packets on the ordered bad network, as the simulator sent and received them.
    package var networkSent: LossyNetwork.Figures?
    package var networkReceived: LossyNetwork.Figures?
    /// Counts by kind, such as `BYE` or `200 INVITE`.
    package var messagesReceived: [String: Int] = [:]
    package var messagesSent: [String: Int] = [:]
    /// The WAV's file name, beside the report: left is what the simulator sent, right what it received.
    package var recording: String?

    /// The digits as the caller pressed them.
    package var digitText: String {
        self.digits.map(\.digit).joined()
    }

    /// The report as JSON with sorted keys.
    package func encoded() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let json = try? encoder.encode(self) else {
            preconditionFailure("every field of a report can be written as JSON")
        }
        return Array(json) + [UInt8(ascii: "\n")]
    }
}
