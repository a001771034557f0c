import Addressing
import Foundation
import SDP

/// The edge's own session description, written here and not by the gateway's writer.
package struct EdgeDescription: Hashable, Sendable {
    package struct Crypto: Hashable, Sendable {
        package var tag: UInt32
        package var suite: CryptoSuite
        /// Master key and salt that protect what the edge sends.
        package var key: [UInt8]
    }

    package var sessionID: UInt64
    package var version: UInt64 = 1
    package var address: IPAddress
    /// RTP; RTCP has the next one, without rtcp-mux as an Exotel edge has it.
    package var port: UInt16
    /// In order of preference.
    package var codecs: [MediaSettings.Codec]
    package var eventPayloadType: UInt8?
    package var direction: MediaDirection = .sendrecv
    /// Nil for RTP/AVP.
    package var crypto: Crypto?
    /// The `m=` lines of an offer that are answered with port 0, in their places; nil is the audio line's.
    package var refusedLines: [String?] = [nil]

    package func encoded() -> [UInt8] {
        let family = self.address.isV4 ? "IP4" : "IP6"
        var lines = [
            "v=0", "o=- \(self.sessionID) \(self.version) IN \(family) \(self.address)", "s=-",
            "c=IN \(family) \(self.address)", "t=0 0",
        ]
        for refused in self.refusedLines { lines += refused.map { [$0] } ?? self.audioLines() }
        return Array(lines.map { $0 + "\r\n" }.joined().utf8)
    }

    private func audioLines() -> [String] {
        let types = self.codecs.map(\.payloadType) + (self.eventPayloadType.map { [$0] } ?? [])
        let transport = self.crypto == nil ? "RTP/AVP" : "RTP/SAVP"
        var lines = ["m=audio \(self.port) \(transport) " + types.map(String.init).joined(separator: " ")]
        lines += self.codecs.map { "a=rtpmap:\($0.payloadType) \($0.rawValue)/8000" }
        if let event = self.eventPayloadType {
            lines += ["a=rtpmap:\(event) telephone-event/8000", "a=fmtp:\(event) 0-15"]
        }
        lines += ["a=rtcp:\(self.port + 1)", "a=ptime:20", "a=\(self.direction.rawValue)"]
        if let crypto = self.crypto {
            let key = Data(crypto.key).base64EncodedString()
            lines.append("a=crypto:\(crypto.tag) \(crypto.suite.rawValue) inline:\(key)")
        }
        return lines
    }
}
