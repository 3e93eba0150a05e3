//! What the SDK asks of a server: each request finds its question here, and the answer its form.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult, CustomRequest, CustomResult,
    ErrorCode, GetPromptRequestParams, GetPromptResponse, Implementation, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::Value;

use super::{ask, caller, completions, instructions, prompts, resources, tools};
use crate::answer::{AnyQuestion, Refusal, Surroundings, Told};
use crate::store::IdleReaders;

type Context = RequestContext<RoleServer>;
type Answer<T> = Result<T, ErrorData>;

pub(super) struct Server {
    questions: Vec<AnyQuestion>,
    around: Surroundings,
    deadline: Duration,
    idle: Arc<IdleReaders>,
    /// Made when first asked for: the greeting waits for no schema.
    tools: OnceLock<Vec<Tool>>,
}

impl Server {
    pub(super) fn new(questions: Vec<AnyQuestion>, around: Surroundings) -> Self {
        Self { questions, around, deadline: ask::DEADLINE, idle: Arc::default(), tools: OnceLock::new() }
    }

    #[cfg(test)]
    pub(super) fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    fn tools(&self) -> &[Tool] {
        self.tools.get_or_init(|| tools::list(&self.questions))
    }

    async fn ask(&self, question: &AnyQuestion, arguments: Value, context: &Context) -> Result<Told, Refusal> {
        let around = caller::surroundings(&self.around, context);
        let put = ask::Put { question: question.clone(), around, arguments };
        ask::ask(put, &self.idle, context, self.deadline).await
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_completions()
            .enable_prompts()
            .enable_resources()
            .enable_tools()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("tma1", env!("CARGO_PKG_VERSION")))
            .with_instructions(instructions::text(&self.questions))
    }

    async fn list_tools(&self, _: Option<PaginatedRequestParams>, _: Context) -> Answer<ListToolsResult> {
        Ok(ListToolsResult::with_all_items(self.tools().to_vec()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.tools().iter().find(|tool| tool.name == name).cloned()
    }

    async fn call_tool(&self, request: CallToolRequestParams, context: Context) -> Answer<CallToolResponse> {
        let Some(question) = self.questions.iter().find(|question| question.name == request.name) else {
            return Err(ErrorData::invalid_params(format!("unknown tool \"{}\"", request.name), None));
        };
        let arguments = request.arguments.map_or(Value::Null, Value::Object);
        Ok(tools::result(self.ask(question, arguments, &context).await).into())
    }

    async fn list_prompts(&self, _: Option<PaginatedRequestParams>, _: Context) -> Answer<ListPromptsResult> {
        Ok(ListPromptsResult::with_all_items(prompts::list(&self.questions)))
    }

    async fn get_prompt(&self, request: GetPromptRequestParams, context: Context) -> Answer<GetPromptResponse> {
        let (question, arguments) = prompts::question(&self.questions, &request.name, request.arguments)?;
        let told = self.ask(question, arguments, &context).await;
        Ok(prompts::message(&request.name, told)?.into())
    }

    async fn list_resources(&self, _: Option<PaginatedRequestParams>, _: Context) -> Answer<ListResourcesResult> {
        Ok(ListResourcesResult::with_all_items(resources::list(&self.questions)))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Answer<ListResourceTemplatesResult> {
        Ok(ListResourceTemplatesResult::with_all_items(resources::templates(&self.questions)))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: Context,
    ) -> Answer<ReadResourceResponse> {
        let (question, arguments) = resources::question(&self.questions, &request.uri)?;
        let told = self.ask(question, arguments, &context).await;
        Ok(resources::contents(request.uri, told)?.into())
    }

    async fn complete(&self, request: CompleteRequestParams, context: Context) -> Answer<CompleteResult> {
        let around = caller::surroundings(&self.around, &context);
        Ok(CompleteResult::new(completions::complete(&request, around).await))
    }

    /// Requests that the SDK could not read end here, those of methods that we do serve among them.
    async fn on_custom_request(&self, request: CustomRequest, _: Context) -> Answer<CustomResult> {
        match request.method.as_str() {
            served @ ("tools/call" | "prompts/get" | "resources/read" | "completion/complete") => {
                Err(ErrorData::invalid_params(format!("the params of {served} are not in the protocol's form"), None))
            }
            unknown => Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, unknown.to_owned(), None)),
        }
    }
}
