import SIPSyntax
import Timekeeping

/// The binding of our address to a number at a registrar (RFC 3261 section 10.2), kept alive until it is given up.
///
///   ┌─────────────┐ 2xx          ┌────────────┐ refresh due
///   │ Registering ├─────────────▶│ Registered ├──────────────┐
///   └─▲───┬───▲───┘              └────┬───────┘              │
///     │   │   └───────────────────────┼──────────────────────┘
///     │   │ refused, silent  ┌────────▼────┐
///     │   └─────────────────▶│   Waiting   │   423: at once, for longer
///     └──────────────────────┤ (back-off)  │
///         time has come      └─────────────┘
///   stop, from anywhere: ──▶ Unregistering (Expires: 0) ──answer, silence──▶ Over
struct Registration: Sendable {
    enum State: Hashable, Sendable {
        case registering(failures: Int)
        /// The binding lives until `until`, and is renewed at `refresh`.
        case registered(until: Instant, refresh: Instant)
        case waiting(until: Instant, failures: Int)
        case unregistering
        case over
    }

    enum Action: Hashable, Sendable {
        /// REGISTER with this Expires; 0 removes the binding.
        case send(seconds: UInt32)
        case report(RegistrationEvent)
    }

    private(set) var state: State
    /// What we ask for; a 423 raises it.
    private var seconds: UInt32
    /// Whether the binding may still be known to the registrar.
    private var mayBeBound = false
    private let backoffMax: Duration

    static let secondsRange: ClosedRange<UInt32> = 60...86_400
    static let backoffMin: Duration = .seconds(2)
    /// A registrar that wants longer than this is refused: it would be a day without a check.
    static let secondsMax: UInt32 = 86_400

    init(seconds: UInt32, backoffMax: Duration) {
        self.seconds = seconds
        self.backoffMax = backoffMax
        self.state = .registering(failures: 0)
    }

    var deadline: Instant? {
        switch self.state {
        case .registering, .unregistering, .over: nil
        case .registered(_, let refresh): refresh
        case .waiting(let until, _): until
        }
    }

    mutating func start() -> [Action] {
        [.send(seconds: self.seconds)]
    }

    /// The final answer. `granted` is the lifetime of our own binding in a 2xx; `jitter` is 0 to 1.
    mutating func receive(
        _ status: StatusCode, granted: UInt32?, minimum: UInt32?, retryAfter: Duration?, jitter: Double,
        at now: Instant
    ) -> [Action] {
        switch self.state {
        case .registering(let failures):
            if status.isSuccess { return self.accept(granted ?? self.seconds, at: now) }
            if status == .intervalTooBrief, let minimum, minimum > self.seconds, minimum <= Self.secondsMax {
                self.seconds = minimum
                return [.send(seconds: minimum)]
            }
            return self.wait(.refused(status), failures, atLeast: retryAfter ?? .zero, jitter: jitter, at: now)
        case .unregistering:
            self.state = .over
            return [.report(.unregistered)]
        case .registered, .waiting, .over:
            return []
        }
    }

    /// No answer, or no way to the registrar.
    mutating func failed(_ failure: RegistrationFailure, jitter: Double, at now: Instant) -> [Action] {
        switch self.state {
        case .registering(let failures):
            return self.wait(failure, failures, atLeast: .zero, jitter: jitter, at: now)
        case .unregistering:
            self.state = .over
            return [.report(.unregistered)]
        case .registered, .waiting, .over:
            return []
        }
    }

    /// Removes the binding, where there may be one.
    mutating func stop() -> [Action] {
        switch self.state {
        case .unregistering, .over:
            return []
        case .registering, .registered:
            self.state = .unregistering
            return [.send(seconds: 0)]
        case .waiting:
            guard self.mayBeBound else {
                self.state = .over
                return [.report(.unregistered)]
            }
            self.state = .unregistering
            return [.send(seconds: 0)]
        }
    }

    mutating func handleTimeout(at now: Instant) -> [Action] {
        guard let deadline = self.deadline, deadline <= now else { return [] }
        switch self.state {
        case .registered:
            self.state = .registering(failures: 0)
        case .waiting(_, let failures):
            self.state = .registering(failures: failures)
        case .registering, .unregistering, .over:
            return []
        }
        return [.send(seconds: self.seconds)]
    }

    /// Renewed after nine tenths of its life, and at least 30 s before its end where there is that much of it.
    private mutating func accept(_ granted: UInt32, at now: Instant) -> [Action] {
        let lifetime = Duration.seconds(Int(min(max(granted, 1), Self.secondsMax)))
        let refresh = lifetime > .seconds(60) ? min(lifetime * 9 / 10, lifetime - .seconds(30)) : lifetime / 2
        self.state = .registered(until: now + lifetime, refresh: now + refresh)
        self.mayBeBound = true
        return [.report(.registered(for: lifetime))]
    }

    /// Twice as long after each failure, spread by half so that many gateways do not knock together.
    private mutating func wait(
        _ failure: RegistrationFailure, _ failures: Int, atLeast least: Duration, jitter: Double, at now: Instant
    ) -> [Action] {
        let full = min(Self.backoffMin * (1 << min(failures, 16)), self.backoffMax)
        let pause = max(full / 2 + full / 2 * jitter, min(least, self.backoffMax))
        self.state = .waiting(until: now + pause, failures: failures + 1)
        return [.report(.failed(failure, retryIn: pause))]
    }
}

/// A registration to keep. The core adds Via, tags, Call-ID, CSeq and Expires.
package struct OutgoingRegistration: Sendable {
    /// The registrar's domain: the Request-URI, without a user.
    package var registrar: SIPURI
    /// The address of record: From and To.
    package var addressOfRecord: NameAddress
    package var contact: SIPURI
    package var advertised: AdvertisedAddress
    package var destination: Destination
    package var credentials: [DigestCredentials] = []
    /// What is asked for; the registrar decides.
    package var lifetime: Duration = .seconds(3_600)
    /// The longest pause after failures.
    package var backoffMax: Duration = .seconds(300)

    package init(
        registrar: SIPURI, addressOfRecord: NameAddress, advertised: AdvertisedAddress, destination: Destination
    ) {
        self.registrar = registrar
        self.addressOfRecord = addressOfRecord
        self.contact = advertised.contact(user: addressOfRecord.uri.sip, transport: destination.transport)
        self.advertised = advertised
        self.destination = destination
    }
}

/// What happens to a registration; `unregistered` is the last.
package enum RegistrationEvent: Hashable, Sendable {
    case registered(for: Duration)
    case failed(RegistrationFailure, retryIn: Duration)
    case unregistered
}

package enum RegistrationFailure: Hashable, Sendable {
    case refused(StatusCode)
    case timedOut
    case transportFailed
    /// `UserAgentConfiguration.transactionsMax` is reached.
    case noRoom
}

extension RegistrationFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .refused(let status): "the registrar answered \(status) \(status.reasonPhrase)"
        case .timedOut: "the registrar did not answer"
        case .transportFailed: "the registrar could not be reached"
        case .noRoom: "the SIP stack has no room for another transaction"
        }
    }
}
