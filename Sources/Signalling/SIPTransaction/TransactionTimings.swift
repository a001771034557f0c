import Timekeeping

/// The base timers of RFC 3261 section 17 and those that follow from them (table 4 of its appendix A).
package struct TransactionTimings: Hashable, Sendable {
    /// T1: the round-trip estimate.
    package var roundTrip: Duration
    /// T2: the longest pause between retransmissions of a non-INVITE request or of an INVITE response.
    package var retransmissionMax: Duration
    /// T4: the longest time that a message stays in the network.
    package var messageLifetime: Duration

    package init(
        roundTrip: Duration = .milliseconds(500), retransmissionMax: Duration = .seconds(4),
        messageLifetime: Duration = .seconds(5)
    ) {
        self.roundTrip = roundTrip
        self.retransmissionMax = retransmissionMax
        self.messageLifetime = messageLifetime
    }

    package static let standard = TransactionTimings()

    /// 64·T1: timers B, F, H, J, L and M, and how long a 2xx waits for its ACK.
    package var transactionLifetime: Duration { self.roundTrip * 64 }

    /// Timer D on unreliable transports: at least 32 s, whatever T1 is (RFC 3261 section 17.1.1.2).
    package var responseRetransmissionWait: Duration { max(.seconds(32), self.transactionLifetime) }

    /// The pause after `pause` between retransmissions that double up to T2 (timers E and G).
    package func doubled(_ pause: Duration) -> Duration { min(pause * 2, self.retransmissionMax) }
}
