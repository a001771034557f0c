import Timekeeping
import Trunks

/// The waiting line of one pace: the calls of a trunk, or of the trunks of one account, that want to send an INVITE.
package actor PacedLine {
    /// How late a permit may be noticed, beyond the load of the machine.
    static let resolution = Duration.milliseconds(20)

    private var pacer: Pacer<CallIdentifier>
    private let now: @Sendable () -> Instant
    private let places: CallPlaces
    private let grant: @Sendable (CallIdentifier) -> Void

    /// - Parameters:
    ///   - places: a call that goes takes one; while none is left the line stands.
    ///   - grant: told each call that may send its INVITE now; it must not wait.
    package init(
        pace: Pace, places: CallPlaces, now: @escaping @Sendable () -> Instant,
        grant: @escaping @Sendable (CallIdentifier) -> Void
    ) {
        self.pacer = Pacer(pace)
        self.places = places
        self.now = now
        self.grant = grant
    }

    /// Puts a call in line, before those that never went when it has a place already: a fail-over or a retry, which
    /// holds a bot. False when the line is full and nothing was queued.
    package func request(_ call: CallIdentifier) -> Bool {
        switch self.pacer.request(call, isReturning: self.places.isHeld(by: call)) {
        case .refused:
            return false
        case .waiting:
            self.grantDue()
            return true
        }
    }

    package func withdraw(_ call: CallIdentifier) {
        _ = self.pacer.withdraw(call)
    }

    /// The carrier asked for patience.
    package func pause(for duration: Duration) {
        self.pacer.pause(until: self.now() + duration)
    }

    package var waitingCount: Int { self.pacer.waitingCount }

    /// Gives permits as they fall due, until the surrounding task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            self.grantDue()
            do {
                try await Task.sleep(for: Self.resolution)
            } catch {
                return
            }
        }
    }

    private func grantDue() {
        let now = self.now()
        while let call = self.pacer.nextPermit(at: now, where: { self.places.takeInTurn($0) }) { self.grant(call) }
    }
}
