import Addressing
import SIPSyntax
import Timekeeping

/// Decides whether a peer's INVITE may begin a call, before anything is kept of it.
///
/// The reasons in order: who may not call at all, how far the owner is behind, how many calls are half open, and the rates
/// of the source and of all sources. A refused INVITE takes nothing from the rates.
struct CallGate: Sendable {
    enum Verdict: Hashable, Sendable {
        case admitted
        /// 503 with Retry-After.
        case overloaded
        /// 403.
        case forbidden
    }

    private let limits: OverloadLimits
    private var all: TokenBucket
    private var sources: RecentTable<IPAddress, TokenBucket>

    init(_ limits: OverloadLimits) {
        self.limits = limits
        self.all = TokenBucket(perSecond: limits.newCallsPerSecond, burst: limits.newCallsPerSecond)
        self.sources = RecentTable(countMax: OverloadLimits.sourcesMax)
    }

    mutating func judge(
        _ source: RequestSource, at address: IPAddress, halfOpenCount: Int, at now: Instant
    ) -> Verdict {
        let isKnown = source.standing == .known
        guard isKnown || self.limits.takesStrangers else { return .forbidden }
        guard source.backlog < (isKnown ? .critical : .growing) else { return .overloaded }
        let halfOpenMax = isKnown ? self.limits.halfOpenMax : self.limits.halfOpenMax / 2
        guard halfOpenCount < halfOpenMax else { return .overloaded }
        let key = address.ofOneHolder
        var bucket = self.sources[key] ?? self.fullBucket
        var all = self.all
        guard bucket.take(at: now, keeping: isKnown ? 0 : self.limits.newCallsPerSecondOfSource / 2),
            all.take(at: now, keeping: isKnown ? 0 : self.limits.newCallsPerSecond / 2)
        else { return .overloaded }
        self.sources.set(key, to: bucket)
        self.all = all
        return .admitted
    }

    private var fullBucket: TokenBucket {
        TokenBucket(
            perSecond: self.limits.newCallsPerSecondOfSource, burst: self.limits.newCallsPerSecondOfSource)
    }
}
