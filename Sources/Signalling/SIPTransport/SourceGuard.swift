import Addressing
import Logging
import NIOCore
import SIPSyntax
import Synchronization
import Timekeeping

/// Says whose messages are heard; asked by every loop, before a message is parsed.
///
/// Known peers are always heard. Everybody else is subject to `SourceLedger`, which is shared under a lock held for a few
/// dictionary steps.
final class SourceGuard: Sendable {
    private let knownPeers: KnownPeers
    private let logger: Logger
    /// Nil hears everybody.
    private let limits: SourceLimits?
    private let ledger: Mutex<SourceLedger>
    private let bannedCount = Atomic<UInt64>(0)
    private let unheardCount = Atomic<UInt64>(0)

    init(_ configuration: TransportConfiguration, logger: Logger) {
        self.knownPeers = configuration.knownPeers
        self.limits = configuration.sourceLimits
        self.ledger = Mutex(SourceLedger(configuration.sourceLimits ?? SourceLimits()))
        self.logger = logger
    }

    func standing(of address: IPAddress) -> RequestSource.Standing {
        self.knownPeers.contains(address) ? .known : .stranger
    }

    enum Hearing: Hashable {
        case heard
        case unheard
        /// Not heard, and worth keeping away from the socket until then.
        case flooding(until: Instant)
    }

    /// Whether a message that came is to be read. What is over the rate counts as an offence.
    func hears(_ path: TransportPath, _ standing: RequestSource.Standing) -> Hearing {
        guard self.limits != nil, standing == .stranger else { return .heard }
        let (address, way, now) = (path.remote.address, SourceLedger.Way(path.transport), Instant.now())
        switch self.ledger.withLock({ $0.admit(address, way, at: now) }) {
        case .admitted:
            return .heard
        case .banned:
            self.noteUnheard()
            return .unheard
        case .flooding(let end):
            self.noteUnheard()
            return .flooding(until: end)
        case .tooManyMessages:
            self.note(.tooManyMessages, from: path.remote.address, over: path.transport)
            self.noteUnheard()
            return .unheard
        }
    }

    func noteUnheard() {
        self.unheardCount.wrappingAdd(1, ordering: .relaxed)
    }

    func isBanned(_ address: IPAddress, over transport: SIPTransportName) -> Bool {
        guard self.limits != nil, self.standing(of: address) == .stranger else { return false }
        return self.ledger.withLock { $0.isBanned(address, SourceLedger.Way(transport), at: .now()) }
    }

    /// Counts an offence against a stranger; true when it is the first of its window.
    @discardableResult
    func note(_ offence: Offence, from address: IPAddress, over transport: SIPTransportName) -> Bool {
        guard let limits = self.limits, self.standing(of: address) == .stranger else { return false }
        let now = Instant.now()
        switch self.ledger.withLock({ $0.note(offence, of: address, SourceLedger.Way(transport), at: now) }) {
        case .first: return true
        case .counted: return false
        case .banned:
            self.bannedCount.wrappingAdd(1, ordering: .relaxed)
            self.logger.notice(
                "\(address) is not heard over \(transport.rawValue) for \(limits.ban?.duration ?? .zero)",
                metadata: ["last": "\(offence.rawValue)"])
            return false
        }
    }

    /// Bans since the beginning.
    var bans: UInt64 { self.bannedCount.load(ordering: .relaxed) }
    /// Messages and connections of strangers that were not heard.
    var unheard: UInt64 { self.unheardCount.load(ordering: .relaxed) }
}

extension Instant {
    /// The kernel's monotonic clock.
    static func now() -> Instant {
        Instant(nanosecondsSinceOrigin: Int64(clamping: NIODeadline.now().uptimeNanoseconds))
    }
}
