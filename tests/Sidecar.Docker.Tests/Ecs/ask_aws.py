"""ask_aws.py <task definition> <CloudFormation template>: what AWS would say. As JSON: the faults that botocore's model finds in the task
definition, the containers of it as moto registers it, and the containers and the health check of the stack that moto makes of the template."""
import json
import sys

import botocore.session
from botocore.validate import ParamValidator

task = json.load(open(sys.argv[1]))
shape = botocore.session.get_session().get_service_model('ecs').operation_model('RegisterTaskDefinition').input_shape
answer = {'faults': ParamValidator().validate(task, shape).generate_report()}
if 'restartPolicy' not in shape.members['containerDefinitions'].member.members:
    raise SystemExit('older than restartPolicy: botocore')

try:
    import boto3
    from moto import mock_aws
except ImportError:
    raise SystemExit('No module named moto')

with mock_aws():
    here = dict(region_name='eu-west-1', aws_access_key_id='AKIDEXAMPLE', aws_secret_access_key='x')
    ecs, ec2, elb, stacks = (boto3.client(name, **here) for name in ('ecs', 'ec2', 'elbv2', 'cloudformation'))
    answer['registered'] = ecs.register_task_definition(**task)['taskDefinition']['containerDefinitions']

    vpc = ec2.create_vpc(CidrBlock='10.0.0.0/16')['Vpc']['VpcId']
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f'10.0.{i}.0/24', AvailabilityZone='eu-west-1' + zone)['Subnet']['SubnetId'] for i, zone in enumerate('ab')]
    group = ec2.create_security_group(GroupName='balancer', Description='balancer', VpcId=vpc)['GroupId']
    balancer = elb.create_load_balancer(Name='balancer', Subnets=subnets, SecurityGroups=[group])['LoadBalancers'][0]['LoadBalancerArn']
    nothing = [{'Type': 'fixed-response', 'FixedResponseConfig': {'StatusCode': '404'}}]
    listener = elb.create_listener(LoadBalancerArn=balancer, Protocol='HTTP', Port=80, DefaultActions=nothing)['Listeners'][0]['ListenerArn']
    ecs.create_cluster(clusterName='main')
    parameters = {
        'Cluster': 'main', 'Vpc': vpc, 'Subnets': ','.join(subnets), 'LoadBalancerSecurityGroup': group, 'Listener': listener,
        'RedisHost': 'master.orders.abc123.euw1.cache.amazonaws.com',
        'RedisPassword': 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders/redis-AbCdEf',
    }
    stacks.create_stack(StackName='orders', TemplateBody=open(sys.argv[2]).read(), Capabilities=['CAPABILITY_IAM'],
                        Parameters=[{'ParameterKey': key, 'ParameterValue': value} for key, value in parameters.items()])
    outputs = {one['OutputKey']: one['OutputValue'] for one in stacks.describe_stacks(StackName='orders')['Stacks'][0]['Outputs']}
    answer['stack'] = ecs.describe_task_definition(taskDefinition=outputs['TaskDefinition'])['taskDefinition']['containerDefinitions']
    target = elb.describe_target_groups(TargetGroupArns=[outputs['TargetGroup']])['TargetGroups'][0]
    answer['health'] = [target['HealthCheckPort'], target['HealthCheckPath'], target['Matcher']['HttpCode']]
print(json.dumps(answer))
