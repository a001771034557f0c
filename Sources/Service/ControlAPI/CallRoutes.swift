import CallControl
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Telemetry

/// `/v1/calls`: place, list, show, hang up, and the SIP ladder.
struct CallRoutes: Sendable {
    let directory: CallDirectory
    let ladders: LadderBook

    func add(to group: RouterGroup<BasicRequestContext>) {
        group.post { request, _ in await self.place(request) }
        group.get { _, _ in JSONResponse.make(["calls": .array(await self.directory.live().map(\.json))]) }
        group.get(":id") { _, context in await self.show(context.parameters.get("id")) }
        group.delete(":id") { _, context in await self.hangUp(context.parameters.get("id")) }
        group.get(":id/ladder") { _, context in await self.ladder(context.parameters.get("id")) }
    }

    private func place(_ request: Request) async -> Response {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: ControlServer.bodyLengthMax)
        } catch {
            return JSONResponse.failure(
                .contentTooLarge, "The body is larger than \(ControlServer.bodyLengthMax) bytes.")
        }
        let order: CallRequest
        do {
            order = try CallRequest(json: try JSONReader.parse(Array(body.readableBytesView)))
        } catch let error as JSONError {
            return JSONResponse.failure(.badRequest, "The body is not JSON: \(error).")
        } catch let error as CallRequestFormError {
            return JSONResponse.failure(.badRequest, error.sentence)
        } catch {
            return JSONResponse.failure(.badRequest, "The body cannot be read.")
        }
        do throws(CallRequestError) {
            let identifier = try await self.directory.place(order)
            var response = JSONResponse.make(["id": .string(identifier.description)], status: .accepted)
            response.headers[.location] = "/v1/calls/\(identifier)"
            return response
        } catch {
            return JSONResponse.failure(error.httpStatus, error.sentence)
        }
    }

    private func show(_ text: String?) async -> Response {
        guard let record = await self.record(text) else { return Self.noSuchCall }
        return JSONResponse.make(record.json)
    }

    private func hangUp(_ text: String?) async -> Response {
        guard let identifier = text.flatMap({ CallIdentifier($0) }) else { return Self.noSuchCall }
        if await self.directory.hangUp(identifier, reason: "asked by API") {
            return JSONResponse.make(["id": .string(identifier.description)], status: .accepted)
        }
        guard await self.directory.record(of: identifier) != nil else { return Self.noSuchCall }
        return JSONResponse.failure(.conflict, "The call has ended already.")
    }

    private func ladder(_ text: String?) async -> Response {
        guard let record = await self.record(text), let callID = record.sipCallID,
            let ladder = self.ladders.ladder(ofCallID: callID)
        else { return Self.noSuchCall }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: ladder.drawn() + "\n")))
    }

    private func record(_ text: String?) async -> CallRecord? {
        guard let identifier = text.flatMap({ CallIdentifier($0) }) else { return nil }
        return await self.directory.record(of: identifier)
    }

    private static var noSuchCall: Response {
        JSONResponse.failure(.notFound, "There is no such call, or it ended too long ago.")
    }
}

extension CallRequestError {
    var httpStatus: HTTPResponse.Status {
        switch self {
        case .unknownTrunk, .unknownBot, .refusedByTrunk: .badRequest
        case .tooManyCalls, .draining: .serviceUnavailable
        }
    }
}
