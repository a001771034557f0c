import BotProtocol
import CallAudio
import MediaPlane
import SDP
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Timekeeping
import Trunks

/// Before the answer: ringing, and audio both ways (RFC 3960).
extension Call {
    /// 180 to 199 to our INVITE. A description in it comes as early media right after it, and never answers the call.
    func note(progress response: Response) async {
        if self.record.moments.ringing == nil { self.record.moments.ringing = self.now }
        // Without a To tag the description belongs to no dialog.
        guard response.body.isEmpty || (try? response.headers.to)?.tag == nil else { return }
        self.noteRinging(response.status)
    }

    /// The description of a 180 to 199, of one fork.
    func note(_ media: EarlyMedia) async {
        guard self.earlyForks.takes(media.dialogTag), self.beginEarlyMedia(media.sdp) else {
            self.noteRinging(media.status)
            return
        }
        if self.record.moments.earlyMedia == nil { self.record.moments.earlyMedia = self.now }
        self.tell(.earlyMedia(status: media.status.number))
        self.inform(.earlyMedia(status: media.status.number))
    }

    private func noteRinging(_ status: StatusCode) {
        self.tell(.ringing(status: status.number))
        self.inform(.ringing(status: status.number))
    }

    /// False for a description that cannot be used: the call rings on without audio, and the answer decides.
    private func beginEarlyMedia(_ description: [UInt8]) -> Bool {
        guard var negotiation = self.negotiation else { return false }
        do {
            try negotiation.accept(answer: description)
        } catch {
            self.tell(.note("Early media cannot be used. \(error.sentence)."))
            return false
        }
        self.negotiation = negotiation
        self.connectMedia()
        self.command(.early(self.trunk.sendsEarlyMedia ? .bothWays : .heardByBot))
        return true
    }

    /// Takes the description of the final answer. One without a body repeats what early media settled.
    func settle(answer: [UInt8]) throws(SDPRefusal) {
        if answer.isEmpty, self.negotiation?.negotiated != nil { return }
        try self.negotiation?.accept(answer: answer)
    }

    /// Our 183 to the caller: the bot talks, and answers when it likes.
    func sendEarlyMedia() async {
        guard let session = self.session, let description = self.answerDescription else { return }
        await self.services.endpoint.progress(session, sdp: description)
        self.record.moments.earlyMedia = self.now
        self.connectMedia()
        self.command(.early(.bothWays))
        self.tell(.earlyMedia(status: StatusCode.sessionProgress.number))
        self.inform(.earlyMedia(status: StatusCode.sessionProgress.number))
    }

    /// Tells the bot how its call stands; a leg has no bot, and nobody is told.
    func inform(_ event: BotEvent) {
        guard case .bot = self.companion else { return }
        self.command(.tell(event))
    }
}
