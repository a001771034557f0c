import Addressing
import FlowSimulator
import SIPSyntax
import Testing
import Timekeeping

/// Each misdeed in virtual time, opposite a scripted gateway.
@Suite struct MisdeedTests {
    private static func scene(
        at now: Instant = .origin, headers: [(String, String)] = []
    ) throws -> MisdeedScene {
        var invite = try HeaderRulesTests.request(HeaderRulesTests.good)
        for (name, value) in headers { invite.headers.add(try HeaderName(name), try HeaderValue(value)) }
        let uri = try SIPURI(user: "+918000000001", host: .ip(.loopback), port: 443)
        let via = Via(transport: .udp, host: .ip(.loopback), port: 5_060, branch: Token(trusted: "z9hG4bKedge"))
        let dialog = try EdgeDialog(
            answering: invite, tag: Token(trusted: "edgetag"), contact: NameAddress(uri: uri), via: via)
        return MisdeedScene(dialog: dialog, invite: invite, fresh: Token(trusted: "fresh"), now: now)
    }

    private static func request(
        _ method: Method, tag: String = "edgetag", headers: [(String, String)] = []
    ) throws -> Request {
        var request = try HeaderRulesTests.request(HeaderRulesTests.good)
        request.method = method
        request.headers.replace(.cSeq, CSeq(number: 2, method: method))
        var to = try request.headers.to
        to.setTag(try Token(tag))
        request.headers.replace(.to, to)
        for (name, value) in headers { request.headers.add(try HeaderName(name), try HeaderValue(value)) }
        return request
    }

    /// What is sent, told and wanted, a word or two each.
    private func words(_ actions: [MisdeedAction]) -> [String] {
        actions.map { action in
            switch action {
            case .did(let sentence): "did \(sentence)"
            case .saw(let sentence): "saw \(sentence)"
            case .send(.request(let request)): "send \(request.method)"
            case .send(.response(let response)): "send \(response.status)"
            case .request(let request): "request \(request.method)"
            case .answer: "answer"
            case .refuse(let status): "refuse \(status)"
            case .hangUp: "hang up"
            case .earlyMedia: "media"
            case .pauseMedia(let isPaused): "pause \(isPaused)"
            case .changeSource: "source"
            case .silenceMedia: "silence"
            case .changeKey: "key"
            case .closeConnection: "close"
            }
        }
    }

    private static func at(_ milliseconds: Int64) -> Instant { .origin + .milliseconds(milliseconds) }

    /// RFC 3262 section 3: the 183 is repeated until its PRACK, whose RAck has to fit; then the 200 is due.
    @Test func aReliable183AwaitsItsPRACK() throws {
        var media = EarlyMedia()
        media.isReliable = true
        media.time = .seconds(1)
        var scene = try Self.scene(headers: [("Supported", "100rel")])
        #expect(self.words(media.rings(in: scene).actions) == ["send 183", "did 183 with RSeq", "media"])
        scene.now = Self.at(500)
        #expect(self.words(media.handleTimeout(in: scene)) == ["send 183"])
        let stray = try Self.request(.prack, headers: [("RAck", "1 1 INVITE")])
        #expect(self.words(media.receive(stray, in: scene).actions) == ["send 481", "saw PRACK of no 183"])
        let prack = try Self.request(.prack, headers: [("RAck", "4711 1 INVITE")])
        #expect(self.words(media.receive(prack, in: scene).actions) == ["send 200", "saw PRACK"])
        #expect(media.deadline == Self.at(1_000))
        scene.now = Self.at(1_000)
        #expect(self.words(media.handleTimeout(in: scene)) == ["answer"])
        #expect(media.deadline == nil)
    }

    @Test func noPRACKEndsIn504() throws {
        var media = EarlyMedia()
        media.isReliable = true
        var scene = try Self.scene(headers: [("Supported", "100rel")])
        _ = media.rings(in: scene)
        scene.now = Self.at(32_000)
        #expect(self.words(media.handleTimeout(in: scene)).last == "refuse 504")
    }

    /// Every further 2xx is repeated until its own ACK, and its BYE is answered.
    @Test func furtherAnswersAwaitACKAndBYE() throws {
        var forks = ForkedAnswers()
        forks.answers = 2
        var scene = try Self.scene()
        let sent = forks.willSend(.response(scene.dialog.response(.ok, to: scene.invite)), in: scene)
        let tags = try sent.map { try $0.headers.to.tag }
        #expect(tags == ["edgetag", "freshf0", "freshf1"])
        let first = forks.receive(try Self.request(.ack, tag: "freshf0"), in: scene)
        #expect(self.words(first.actions) == ["saw ACK of further answer 1"])
        scene.now = Self.at(500)
        #expect(self.words(forks.handleTimeout(in: scene)) == ["send 200"])
        let bye = forks.receive(try Self.request(.bye, tag: "freshf0"), in: scene)
        #expect(self.words(bye.actions) == ["send 200", "saw BYE of further answer 1"])
        scene.now = Self.at(32_000)
        #expect(self.words(forks.handleTimeout(in: scene)) == ["saw no ACK of further answer 2"])
        #expect(forks.receive(try Self.request(.bye), in: scene) == .passedOn)
    }

    @Test func redirectsOnceToAllContacts() throws {
        var redirection = Redirection(to: ["sip:a@127.0.0.1:5080", "sip:b@127.0.0.1:5081"])
        let scene = try Self.scene()
        let judged = redirection.judge(scene.invite, in: scene)
        let verdict = try #require(judged)
        #expect(verdict.response?.status == .movedTemporarily)
        #expect(try verdict.response?.headers.contacts.map { $0.parameters["q"] } == ["1.0", "0.9"])
        #expect(redirection.judge(scene.invite, in: scene) == nil)
    }

    /// The digest of RFC 7616 section 3.9.1, both algorithms; one wrong octet is found.
    @Test(arguments: [
        (DigestAnswer.Algorithm.md5, "8ca523f5e9506fed4657c9700eebdbec"),
        (.sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ])
    func judgesTheExampleOfTheRFC(algorithm: DigestAnswer.Algorithm, response: String) throws {
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
        let text = """
            Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", \
            algorithm=\(algorithm.rawValue), nonce="\(nonce)", nc=00000001, \
            cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="\(response)"
            """
        func verdict(_ password: String) throws -> String {
            try #require(DigestAnswer(text)).judge(
                algorithm: algorithm, user: "Mufasa", realm: "http-auth@example.org", password: password,
                method: "GET", nonce: nonce)
        }
        #expect(try verdict("Circle of Life") == DigestAnswer.right)
        #expect(try verdict("Circle of life") == "a wrong response")
        #expect(DigestAnswer("Basic abc") == nil)
    }

    @Test(arguments: [Challenge.Nonce.fixed, .changing, .foreignRealm])
    func challengesUntilItIsAnswered(nonce: Challenge.Nonce) throws {
        var challenge = Challenge()
        challenge.status = 407
        challenge.nonce = nonce
        let scene = try Self.scene()
        let judged = challenge.judge(scene.invite, in: scene)
        let first = try #require(judged)
        let field = try #require(first.response?.headers.first(.proxyAuthenticate)?.text)
        #expect(field.contains(nonce == .foreignRealm ? "elsewhere.example" : "realm=\"simulator\""))
        var invite = scene.invite
        invite.headers.add(.proxyAuthorization, try HeaderValue("Digest username=\"trunk\", realm=\"x\""))
        let judgedAgain = challenge.judge(invite, in: scene)
        let second = try #require(judgedAgain)
        #expect(second.response?.headers.first(.proxyAuthenticate)?.text != field)
        #expect(self.words(second.actions).last == "did 407, try 2")
    }

    /// Nothing that answers an INVITE goes out, and a close comes at the INVITE.
    @Test(arguments: [NoResponse.Manner.silence, .close]) func saysNothingToTheINVITE(manner: NoResponse.Manner) throws
    {
        var misdeed = NoResponse(manner)
        let scene = try Self.scene()
        let judged = misdeed.judge(scene.invite, in: scene)
        let verdict = try #require(judged)
        #expect(verdict.response == nil)
        #expect(verdict.actions.contains(.closeConnection) == (manner == .close))
        let trying = scene.dialog.response(.trying, to: scene.invite)
        let answers = misdeed.willSend(.response(trying), in: scene)
        #expect(answers.isEmpty)
        let requests = misdeed.willSend(.request(scene.invite), in: scene)
        #expect(requests == [.request(scene.invite)])
    }

    @Test func glareAnswers491AndAsksItself() throws {
        var glare = Glare()
        let scene = try Self.scene()
        let reply = glare.receive(try Self.request(.update), in: scene)
        #expect(
            self.words(reply.actions) == ["saw UPDATE", "request UPDATE", "send 491", "did 491, and UPDATE"])
        #expect(!glare.receive(try Self.request(.update), in: scene).isTaken)
    }

    @Test func theBYEComesAtItsMoment() throws {
        var scene = try Self.scene()
        var crossing = LateBye(.crossing)
        let bye = try Self.request(.bye)
        #expect(
            self.words(crossing.receive(bye, in: scene).actions)
                == ["saw BYE", "hang up", "did BYE across the gateway's", "send 200"])
        var silent = LateBye(.unanswered)
        #expect(silent.receive(bye, in: scene) == .taken([.saw("BYE, left unanswered")]))
        #expect(silent.deadline == scene.now + .seconds(32))
        var early = LateBye(.beforeACK)
        _ = early.willSend(.response(scene.dialog.response(.ok, to: scene.invite)), in: scene)
        #expect(self.words(early.handleTimeout(in: scene)) == ["did BYE before the ACK", "hang up"])
        var late = LateBye(.after(.seconds(2)))
        _ = late.established(in: scene)
        scene.now = Self.at(2_000)
        #expect(self.words(late.handleTimeout(in: scene)).last == "hang up")
    }

    @Test func theSilentConnectionCloses() throws {
        var close = IdleClose(after: .seconds(1))
        var scene = try Self.scene()
        _ = close.established(in: scene)
        scene.now = Self.at(900)
        _ = close.receive(try Self.request(.options), in: scene)
        #expect(close.deadline == Self.at(1_900))
        scene.now = Self.at(1_900)
        #expect(self.words(close.handleTimeout(in: scene)).last == "close")
        #expect(self.words(close.receive(try Self.request(.bye), in: scene).actions) == ["saw BYE after the close"])
    }

    @Test func messagesAreRepeatedAndACKsLost() throws {
        var repeats = Repeats()
        repeats.responses = 2
        repeats.lostACKs = 1
        let scene = try Self.scene()
        let ok = SIPMessage.response(scene.dialog.response(.ok, to: scene.invite))
        #expect(repeats.willSend(ok, in: scene) == [ok, ok, ok])
        let ack = try Self.request(.ack)
        #expect(repeats.receive(ack, in: scene).isTaken)
        #expect(repeats.receive(ack, in: scene) == .passedOn([.saw("ACK 2")]))
    }

    @Test func tryingIsLateOrNever() throws {
        var scene = try Self.scene()
        let trying = SIPMessage.response(scene.dialog.response(.trying, to: scene.invite))
        var never = SlowTrying(after: nil)
        #expect(never.willSend(trying, in: scene).isEmpty)
        #expect(never.deadline == nil)
        var late = SlowTrying(after: .milliseconds(300))
        #expect(late.willSend(trying, in: scene).isEmpty)
        scene.now = Self.at(300)
        #expect(self.words(late.handleTimeout(in: scene)) == ["did 100, late", "send 100"])
        #expect(late.willSend(trying, in: scene) == [trying])
    }

    @Test func holdsAndResumes() throws {
        var hold = Hold()
        var scene = try Self.scene()
        _ = hold.established(in: scene)
        scene.now = Self.at(1_000)
        #expect(self.words(hold.handleTimeout(in: scene)) == ["did re-INVITE sendonly", "request INVITE"])
        scene.now = Self.at(2_000)
        #expect(self.words(hold.handleTimeout(in: scene)) == ["did re-INVITE sendrecv", "request INVITE"])
        #expect(hold.deadline == nil)
    }

    /// RFC 4028 sections 5, 8 and 10: 422, the refresh at half of the interval, the BYE at its end.
    @Test func sessionTimersRun() throws {
        var timer = SessionTimer()
        timer.expires = .seconds(10)
        timer.refresher = .edge
        timer.minimum = .seconds(90)
        var scene = try Self.scene(headers: [("Session-Expires", "60")])
        let judged = timer.judge(scene.invite, in: scene)
        let verdict = try #require(judged)
        #expect(verdict.response?.status == .sessionIntervalTooSmall)
        #expect(verdict.response?.headers.first(.minSE)?.text == "90")
        let sent = timer.willSend(.response(scene.dialog.response(.ok, to: scene.invite)), in: scene)
        #expect(sent.first?.headers.first(.sessionExpires)?.text == "10;refresher=uas")
        _ = timer.established(in: scene)
        scene.now = Self.at(5_000)
        #expect(self.words(timer.handleTimeout(in: scene)) == ["did refresh by UPDATE", "request UPDATE"])
        scene.now = Self.at(10_000)
        #expect(self.words(timer.handleTimeout(in: scene)) == ["saw no refresh and no BYE", "hang up"])
    }

    @Test func aTransferIsTold() throws {
        var transfer = Transfer()
        var scene = try Self.scene()
        let refer = try Self.request(.refer, headers: [("Refer-To", "<sip:c@127.0.0.1>")])
        #expect(
            self.words(transfer.receive(refer, in: scene).actions)
                == ["saw REFER to <sip:c@127.0.0.1>", "send 202", "did 202 to REFER"])
        #expect(self.words(transfer.handleTimeout(in: scene)) == ["did NOTIFY 100", "request NOTIFY"])
        scene.now = Self.at(200)
        #expect(self.words(transfer.handleTimeout(in: scene)) == ["did NOTIFY 200", "request NOTIFY"])
        #expect(transfer.deadline == nil)
        var order = TransferOrder(to: "sip:c@127.0.0.1")
        _ = order.established(in: scene)
        scene.now = Self.at(1_200)
        #expect(self.words(order.handleTimeout(in: scene)) == ["did REFER to sip:c@127.0.0.1", "request REFER"])
    }

    @Test func mediaStopsAndChanges() throws {
        var media = MediaFaults()
        media.pauseAfter = .seconds(1)
        media.newSourceAfter = .seconds(3)
        var scene = try Self.scene()
        _ = media.established(in: scene)
        var seen: [String] = []
        while let deadline = media.deadline {
            scene.now = deadline
            seen += self.words(media.handleTimeout(in: scene))
        }
        #expect(seen.filter { !$0.hasPrefix("did") } == ["pause true", "pause false", "source"])
    }

    /// The same start gives the same losses, and about the ordered share.
    @Test func theNetworkLosesTheSameAgain() {
        func run(_ start: UInt64) -> (LossyNetwork.Figures, [Int]) {
            var network = LossyNetwork(start: start)
            network.loss = 10
            network.duplicates = 5
            network.jitter = .milliseconds(20)
            let counts = (0..<1_000).map { _ in network.delays().count }
            return (network.figures, counts)
        }
        #expect(run(7).1 == run(7).1)
        #expect(run(7).1 != run(8).1)
        #expect((70...130).contains(run(7).0.dropped))
        #expect((20...70).contains(run(7).0.duplicated))
    }

    @Test func refusesAShareOfOneListener() {
        var refusal = Misbehaviour.Refusal(status: 503)
        refusal.share = 25
        refusal.listener = .tls
        let refused = (0..<8).filter { refusal.applies(to: .tls, after: ($0, 0)) }
        #expect(refused == [3, 7])
        #expect(!refusal.applies(to: .tcp, after: (3, 0)))
    }

    // MARK: What can be ordered

    @Test(arguments: [
        ("noAnswer: true, hold: {}", "noAnswer leaves no call for hold"),
        ("refuse: 486, forks: 2", "refuse leaves no call for forks"),
        ("noResponse: close, hold: {}", "noResponse leaves no call for hold"), ("noResponse: true", "silence"),
        ("bye: beforeACK, repeats: {lostACKs: 1}", "awaits no ACK"),
        ("earlyMedia: 1s, forks: {provisionals: 1}", "no 180"),
        ("glare: 1, hold: {}", "glare and hold"),
        ("challenge: 403", "401 or 407"), ("redirect: nowhere", "SIP URI"), ("bye: sometimes", "beforeACK"),
        ("hold: {direction: recvonly}", "sendonly"), ("refer: 204", "expected 202"),
        ("network: {loss: 101}", "0 to 100"),
    ])
    func whatMakesNoSenseIsRefused(misbehave: String, words: String) {
        let yaml = "misbehave: {\(misbehave)}\nflow: {start: a, steps: {a: {hangup: 16}}}\n"
        let error = #expect(throws: SimulatorError.self) {
            try SimulatorConfiguration(yaml: yaml, file: "flow.yaml", promptsDirectory: "prompts")
        }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
}
