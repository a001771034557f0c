import BotProtocol
import RTP
import Timekeeping

extension AudioPath {
    /// A datagram was dropped before it came here because its SRTP tag did not match. Replays are not meant: the network
    /// makes them.
    package mutating func noteUnauthentic() {
        self.counts.unauthentic += 1
    }

    /// Once a second: names a silence that has lasted, and says when it is over.
    mutating func judgeSilence(on wire: Wire, at now: Instant, into output: inout AudioPathOutput) {
        guard self.silences.isDue(at: now) else { return }
        let direction = wire.parameters.direction
        let told = self.silences.judge(
            self.tally(on: wire), isInboundDue: self.isAnswered && direction.receives,
            isOutboundDue: self.isAnswered && direction.sends, at: now)
        for silence in told {
            output.events.append(.silence(silence))
            if self.botEar != nil { output.append(.silence(silence)) }
        }
    }

    mutating func endSilences(at now: Instant) {
        guard let wire = self.wire else { return }
        self.silences.end(self.tally(on: wire), at: now)
    }

    private func tally(on wire: Wire) -> SilenceTally {
        SilenceTally(
            received: wire.voice.receiver.packets, heard: self.counts.soundHeard, strangers: self.counts.rtpStrangers,
            unauthentic: self.counts.unauthentic, sent: self.counts.packetsSent, audible: self.counts.soundSent,
            reports: wire.rtcp.receivedCount, sentAndHeard: UInt64(wire.rtcp.highestHeard ?? 0))
    }

    /// Whether a sample is more than the least that G.711 has: A-law has no zero, its silence is 8.
    static func hasSound(_ frame: Span<Int16>) -> Bool {
        for index in 0..<frame.count where frame[index].magnitude > 8 { return true }
        return false
    }
}
