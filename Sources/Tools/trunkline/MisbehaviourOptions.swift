import ArgumentParser
import FlowSimulator

/// Each part of `Misbehaviour` as an option; its text is what the YAML has behind the key.
struct MisbehaviourOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Answer calls with this status.", valueName: "503 or {status: 503, first: 2, share: 50, on: tls, ...}"))
    var refuse: String?
    @Option(help: "Refuse only so many calls.") var refuseFirst: Int?
    @Option(help: "Say Retry-After with a refusal, such as 5s.") var retryAfter: String?
    @Option(help: ArgumentHelp("Say nothing to an INVITE, or close its connection.", valueName: "silence or close"))
    var noResponse: String?
    @Flag(help: "Ring and never answer.") var noAnswer = false
    @Flag(help: "Say TCP in Record-Route and TLS in Contact of the 200.") var recordRouteTcpContactTls = false
    @Option(
        help: ArgumentHelp(
            "A 183 with media before the answer.", valueName: "2s or {for: 2s, prompt: NAME, reliable: true}"))
    var earlyMedia: String?
    @Option(help: ArgumentHelp("Further 2xx with other To tags.", valueName: "2 or {answers: 2, provisionals: 1}"))
    var forks: String?
    @Option(
        help: ArgumentHelp("Answer 3xx with Contacts.", valueName: "URI or {status: 302, contacts: [URI], times: 1}"))
    var redirect: String?
    @Option(help: ArgumentHelp("Ask for digest credentials.", valueName: "401 or {status: 407, nonce: staleOnce, ...}"))
    var challenge: String?
    @Option(help: ArgumentHelp("Cross so many of the gateway's re-INVITEs with our own.", valueName: "1"))
    var glare: String?
    @Option(help: ArgumentHelp("The BYE at a bad moment.", valueName: "2s, beforeACK, crossing or unanswered"))
    var bye: String?
    @Option(help: ArgumentHelp("Close the silent connection after this.", valueName: "2s"))
    var idleClose: String?
    @Option(
        help: ArgumentHelp(
            "Send messages several times, lose ACKs.", valueName: "{responses: 1, requests: 1, lostACKs: 2}"))
    var repeats: String?
    @Option(help: ArgumentHelp("A 100 that comes late, or never.", valueName: "300ms or none"))
    var trying: String?
    @Option(help: ArgumentHelp("Hold the call and resume it.", valueName: "{after: 1s, for: 1s, direction: sendonly}"))
    var hold: String?
    @Option(
        help: ArgumentHelp(
            "Session timers.", valueName: "90s or {expires: 90s, refresher: edge, refresh: update, minSE: 90s}"))
    var sessionTimer: String?
    @Option(help: ArgumentHelp("Answer a REFER.", valueName: "603 or {status: 202, progress: [100, 200]}"))
    var refer: String?
    @Option(help: ArgumentHelp("Send a REFER.", valueName: "URI or {to: URI, after: 1s}"))
    var sendRefer: String?
    @Option(
        help: ArgumentHelp(
            "Pause the media, mute it, or change its SSRC or its key.",
            valueName: "{pauseAfter: 1s, pause: 1s, newSSRCAfter: 2s, silentAfter: 3s, wrongKeyAfter: 4s}"))
    var media: String?
    @Option(
        help: ArgumentHelp(
            "Lose, delay, reorder and repeat packets.",
            valueName: "{loss: 5, jitter: 30ms, reordered: 2, duplicates: 1, way: both, seed: 7}"))
    var network: String?

    func validate() throws {
        guard self.refuse != nil || (self.refuseFirst == nil && self.retryAfter == nil) else {
            throw ValidationError("--refuse-first and --retry-after belong to --refuse.")
        }
        guard self.refuseFirst ?? 1 > 0 else { throw ValidationError("--refuse-first is at least 1.") }
        do {
            var alone = Misbehaviour()
            try self.apply(to: &alone)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// An option outweighs the same key of the flow's file.
    func apply(to misbehaviour: inout Misbehaviour) throws(SimulatorError) {
        if self.noAnswer { misbehaviour.neverAnswers = true }
        if self.recordRouteTcpContactTls { misbehaviour.recordRouteTCPContactTLS = true }
        for (key, option, text) in self.texts {
            if let text { try misbehaviour.set(key, option: option, to: text) }
        }
        if let first = self.refuseFirst { misbehaviour.refusal?.first = first }
        if let text = self.retryAfter {
            guard let duration = Duration(settingText: text) else {
                throw .badOption("\(text) is no duration, such as 5s")
            }
            misbehaviour.refusal?.retryAfter = duration
        }
        if let contradiction = misbehaviour.contradiction { throw .badOption(contradiction) }
    }

    private var texts: [(Misbehaviour.Key, option: String, text: String?)] {
        [
            (.refuse, "--refuse", self.refuse),
            (.noResponse, "--no-response", self.noResponse),
            (.earlyMedia, "--early-media", self.earlyMedia),
            (.forks, "--forks", self.forks),
            (.redirect, "--redirect", self.redirect),
            (.challenge, "--challenge", self.challenge),
            (.glare, "--glare", self.glare),
            (.bye, "--bye", self.bye),
            (.idleClose, "--idle-close", self.idleClose),
            (.repeats, "--repeats", self.repeats),
            (.trying, "--trying", self.trying),
            (.hold, "--hold", self.hold),
            (.sessionTimer, "--session-timer", self.sessionTimer),
            (.refer, "--refer", self.refer),
            (.sendRefer, "--send-refer", self.sendRefer),
            (.media, "--media", self.media),
            (.network, "--network", self.network),
        ]
    }
}
